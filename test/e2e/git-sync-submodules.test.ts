import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { readdir, rename } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { inTree, syncOnce } from './git-sync-run.ts'
import { expectLikeClone, fromPaths, publishLinks, storesOf } from './git-sync-submodules-run.ts'

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
