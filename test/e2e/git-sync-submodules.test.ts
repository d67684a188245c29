import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, statSync } from 'node:fs'
import { readdir, rename } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { inTree, syncOnce } from './git-sync-run.ts'
import {
  contentOf,
  expectLikeClone,
  fromPaths,
  publishLinks,
  storesOf,
} from './git-sync-submodules-run.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('submodules')
const inner = await createRepository({
  files: { 'inner.txt': 'inner\n', 'in/run': { executable: '#!/bin/sh\n' } },
})
const middle = await createRepository({
  files: { 'middle.txt': 'middle\n', 'to-inner': { link: 'deep/inner/inner.txt' } },
})
const middleCommit = await publishLinks(middle, {
  'deep/inner': { url: inner.url, commit: await inner.resolve() },
})
const site = await createRepository()
await publishLinks(site, {
  middle: { url: middle.url, commit: middleCommit, name: 'a name of its own' },
  'some/where/inner': { url: inner.url, commit: await inner.resolve() },
})
afterAll(() => Promise.all([inner, middle, site, folder].map((each) => each.remove())))

test('a tree is what git clone makes of it with its submodules and theirs', async () => {
  const root = folder.at('recursive')
  const { code, errors } = await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await expectLikeClone(`${root}/site`, site)
  expect(existsSync(`${root}/site/middle/deep/inner/inner.txt`)).toBe(true)
  // two places of one repository share what was fetched
  expect(storesOf(root)).toHaveLength(2)
})

test('with --submodules=shallow the submodules are filled, and theirs are not', async () => {
  const root = folder.at('first-level')
  await syncOnce({ repo: site.url, root, flags: [fromPaths, '--submodules=shallow'] })
  await expectLikeClone(`${root}/site/middle`, middle, [])
  expect(await readdir(`${root}/site/some/where/inner`)).toContain('inner.txt')
})

test('with --submodules=off none is filled', async () => {
  const root = folder.at('off')
  await syncOnce({ repo: site.url, root, flags: ['--submodules=off'] })
  await expectLikeClone(`${root}/site`, site, [])
  expect(storesOf(root)).toEqual([])
})

test('git works in the tree and in its submodules, wherever the volume is mounted', async () => {
  const root = folder.at('root')
  await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  await rename(root, folder.at('elsewhere'))
  const link = folder.at('elsewhere/site')
  expect(await inTree(link, site, 'status', '--porcelain')).toBe('')
  const status = await inTree(link, site, 'submodule', 'status', '--recursive')
  expect(status.split('\n').map((line) => line.split(' (')[0])).toEqual([
    ` ${middleCommit} middle`,
    ` ${await inner.resolve()} middle/deep/inner`,
    ` ${await inner.resolve()} some/where/inner`,
    '',
  ])
  for (const path of ['middle', 'middle/deep/inner', 'some/where/inner']) {
    expect(await inTree(`${link}/${path}`, site, 'status', '--porcelain')).toBe('')
    expect(await inTree(`${link}/${path}`, site, 'log', '-1', '--format=%s')).toMatch(
      /^(first|change)/,
    )
  }
})

test('--submodules takes effect at a restart, without a new commit', async () => {
  const root = folder.at('changed')
  const files = async (mode: string): Promise<readonly (readonly string[])[]> => {
    const flags = [fromPaths, `--submodules=${mode}`]
    expect(await syncOnce({ repo: site.url, root, flags })).toMatchObject({ code: 0, errors: [] })
    const paths = ['middle', 'middle/deep/inner', 'some/where/inner']
    return Promise.all(paths.map(async (path) => namesIn(`${root}/site/${path}`)))
  }
  const inside = ['.git', 'in', 'inner.txt']
  const around = ['.git', '.gitmodules', 'deep', 'middle.txt', 'to-inner']
  expect(await files('shallow')).toEqual([around, [], inside])
  expect(await files('off')).toEqual([[], [], []])
  // what no tree uses is not kept
  expect(storesOf(root)).toEqual([])
  expect(await files('recursive')).toEqual([around, inside, inside])
})

async function namesIn(path: string): Promise<readonly string[]> {
  return (await readdir(path).catch(() => [])).sort()
}

test('a sparse checkout has all submodules, as git gives them', async () => {
  const root = folder.at('sparse')
  await Bun.write(folder.at('patterns'), '/middle\n')
  const flags = [fromPaths, `--sparse-checkout-file=${folder.at('patterns')}`]
  const { code, errors } = await syncOnce({ repo: site.url, root, flags })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await using clone = temporaryFolder('sparse')
  const git = (...args: readonly string[]) =>
    runChild(['git', ...args], { env: site.env, cwd: clone.path })
  await git('clone', '--quiet', '--no-checkout', site.url, '.')
  await git('sparse-checkout', 'set', '--no-cone', '/middle')
  await git('checkout', '--quiet')
  await git('submodule', '--quiet', 'update', '--init', '--recursive')
  expect(existsSync(clone.at('index.html'))).toBe(false)
  expect(contentOf(`${root}/site`)).toEqual(contentOf(clone.path))
})

test('what is written for submodules has the modes that --group-write asks for', async () => {
  const root = folder.at('group')
  await syncOnce({ repo: site.url, root, flags: [fromPaths, '--group-write'] })
  const modes = ['middle.txt', 'deep', 'deep/inner/in/run', 'deep/inner/.git'].map((path) =>
    (statSync(`${root}/site/middle/${path}`).mode & 0o777).toString(8),
  )
  expect(modes).toEqual(['664', '775', '775', '644'])
})

test('a host of a submodule that never answers is left at the time limit', async () => {
  const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  try {
    await using own = await createRepository()
    const url = `http://127.0.0.1:${silent.port}/sub.git`
    await publishLinks(own, { sub: { url, commit: await inner.resolve() } })
    const flags = ['--sync-timeout=2s']
    const { code, errors } = await syncOnce({ repo: own.url, root: folder.at('silent'), flags })
    expect(code).toBe(1)
    expect(errors.join()).toMatch(/ran into --sync-timeout 2s: Cannot fill the submodule \\"sub\\"/)
  } finally {
    silent.stop(true)
  }
})

test('twenty submodules of twenty URLs are filled, and of many that fail one is told', async () => {
  await using own = await createRepository()
  const commit = await inner.resolve()
  const twenty = (url: (number: number) => string) =>
    Object.fromEntries(
      Array.from({ length: 20 }, (_, number) => [`at/${number}`, { url: url(number), commit }]),
    )
  const root = folder.at('twenty')
  await publishLinks(
    own,
    twenty((number) => `file://${'/'.repeat(number)}${inner.path}`),
  )
  expect(await syncOnce({ repo: own.url, root, flags: [fromPaths] })).toMatchObject({ code: 0 })
  await expectLikeClone(`${root}/site`, own)
  expect(storesOf(root)).toHaveLength(20)
  await publishLinks(
    own,
    twenty((number) => `/nowhere/${number}`),
  )
  const { errors, said } = await syncOnce({ repo: own.url, root, flags: [fromPaths, '-v=5'] })
  expect(errors).toHaveLength(1)
  expect(errors[0]?.match(/Cannot fill/g)).toHaveLength(1)
  // those that had begun, and not the rest
  expect(said.match(/"fetch","\/nowhere/g)?.length).toBeLessThanOrEqual(4)
})
