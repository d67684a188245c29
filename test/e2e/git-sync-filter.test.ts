import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { chown, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { startFront } from '#test/fixtures/http-front.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import {
  errorsOf,
  expectServes,
  fingerprint,
  inTree,
  pathsBelow,
  startGitSync,
  syncOnce,
} from './git-sync-run.ts'
import { fromPaths, publishLinks } from './git-sync-submodules-run.ts'

setDefaultTimeout(30_000)

const traced = needs('strace')
const http = needs('nginx', 'fcgiwrap', 'openssl')
const rooted = needs('root')
const folder = temporaryFolder('filter')
afterAll(() => folder.remove())

const files = { 'docs/a': 'a\n', 'docs/b': 'b\n', 'img/c': 'c\n', 'img/d': 'd\n', e: 'e\n' }

/** A repository whose server leaves out what it is asked to. */
async function filtering(objectFormat: 'sha1' | 'sha256' = 'sha1'): Promise<Repository> {
  const own = await createRepository({ objectFormat, files: { ...files, 'docs/a': 'old\n' } })
  await own.publish(files)
  await allow(own, true)
  return own
}

async function allow(own: Repository, filters: boolean): Promise<void> {
  await own.git('--git-dir', own.path, 'config', 'uploadpack.allowFilter', String(filters))
}

/** A new root, and flags for a tree of some files. */
async function partial(filter: string, patterns: string, ...more: readonly string[]) {
  const root = folder.at(`root-${crypto.randomUUID()}`)
  await writeFile(`${root}-patterns`, patterns)
  const sparse = `--sparse-checkout-file=${root}-patterns`
  return { root, link: `${root}/site`, flags: [`--filter=${filter}`, sparse, ...more] }
}

/** How many objects of the served history are not in the root. */
async function leftOut(root: string, own: Repository): Promise<number> {
  const walk = ['rev-list', '--objects', '--missing=print', 'refs/sync/current']
  const text = await runChild(['git', '-C', root, ...walk], { env: own.env })
  return text.split('\n').filter((line) => line.startsWith('?')).length
}

async function packs(root: string): Promise<{ packs: number; promised: number }> {
  const names = await readdir(`${root}/.git/objects/pack`)
  const count = (end: string): number => names.filter((name) => name.endsWith(end)).length
  return { packs: count('.pack'), promised: count('.promisor') }
}

async function expectFiles(link: string, own: Repository, paths: readonly string[]): Promise<void> {
  expect(pathsBelow(link).sort()).toEqual([...paths])
  expect(await inTree(link, own, 'status', '--porcelain')).toBe('')
}

for (const [format, depth, missing] of [
  ['sha1', 1, 2],
  ['sha1', 0, 3],
  ['sha256', 1, 2],
  ['sha256', 2, 3],
] as const) {
  test(`blob:none brings the files of the tree alone, with depth ${depth} and ${format}`, async () => {
    await using own = await filtering(format)
    const { root, link, flags } = await partial('blob:none', '/docs/\n', `--depth=${depth}`)
    const options = { repo: own.url, root, flags }
    expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
    await expectFiles(link, own, ['docs/a', 'docs/b', 'e'])
    expect(await leftOut(root, own)).toBe(missing)
    expect(await packs(root)).toEqual({ packs: 2, promised: 2 })
    expect(await runChild(['git', '-C', root, 'rev-parse', 'HEAD:'], own).catch(() => '')).toBe('')
    // the next commit, and the cleaning after it
    await own.publish({ 'docs/a': 'changed\n', 'img/c': 'changed\n' })
    expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
    await expectFiles(link, own, ['docs/a', 'docs/b', 'e'])
    expect(await Bun.file(`${link}/docs/a`).text()).toBe('changed\n')
    const cleaned = await packs(root)
    expect(cleaned.promised).toBe(cleaned.packs)
    expect(await inTree(link, own, 'fsck', '--connectivity-only', '--no-dangling')).toBe('')
    // a restart asks for nothing
    const before = fingerprint(link)
    expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
    expect(fingerprint(link)).toEqual(before)
    expect(await packs(root)).toEqual(cleaned)
  })
}

traced.test('all files of a tree come in one more fetch', async () => {
  await using own = await filtering()
  const root = folder.at('batch')
  const flags = ['--filter=blob:none', '--one-time']
  const sidecar = startGitSync({ repo: own.url, root, flags, countPrograms: true })
  expect(await sidecar.exited).toBe(0)
  await expectServes(`${root}/site`, own, await own.resolve())
  const fetches = (await sidecar.programs()).filter((line) => /(^| )fetch /.test(line))
  expect(fetches).toHaveLength(2)
  expect(fetches[0]).toContain('--filter=blob:none')
})

http.test(
  'what is left out comes with the login of the pass, which is written nowhere',
  async () => {
    await using own = await filtering()
    await using server = await startGitHttp(own, { user: 'ann', password: 'secret-filter' })
    const { root, link, flags } = await partial('blob:none', '/docs/\n')
    const repo = server.url.replace('://', '://ann:secret-filter@')
    expect(await syncOnce({ repo, root, flags })).toMatchObject({ code: 0, errors: [] })
    await expectFiles(link, own, ['docs/a', 'docs/b', 'e'])
    expect(await leftOut(root, own)).toBe(2)
    const config = await Bun.file(`${root}/.git/config`).text()
    expect(config).toContain(`[remote "${server.url}"]`)
    expect(config).not.toContain('secret-filter')
    // other patterns, the same commit: the files that are new to the tree, in one fetch
    await writeFile(`${root}-patterns`, '/img/\n')
    const asked = (await server.requests()).length
    expect(await syncOnce({ repo, root, flags })).toMatchObject({ code: 0, errors: [] })
    await expectFiles(link, own, ['e', 'img/c', 'img/d'])
    expect(await leftOut(root, own)).toBe(0)
    const asking = (await server.requests()).slice(asked).filter(({ method }) => method === 'POST')
    // where the ref is, and the files
    expect(asking.filter(({ status }) => status === 200)).toHaveLength(2)
  },
)

test('tree:0 leaves out folders too', async () => {
  await using own = await filtering()
  const root = folder.at('trees')
  const options = { repo: own.url, root, flags: ['--filter=tree:0', '--depth=0'] }
  expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, own, await own.resolve())
  // of the commit before, not even the folder
  expect(await leftOut(root, own)).toBe(1)
})

test('submodules are whole: a filter is for the repository around them', async () => {
  await using part = await filtering()
  await using own = await filtering()
  await publishLinks(own, { part: { commit: await part.resolve(), url: part.url } })
  const { root, link, flags } = await partial('blob:none', '/docs/\n', fromPaths)
  expect(await syncOnce({ repo: own.url, root, flags })).toMatchObject({ code: 0, errors: [] })
  expect(existsSync(`${link}/part/img/c`)).toBe(true)
  expect(await leftOut(root, own)).toBeGreaterThan(0)
  const promised = (await readdir(`${root}/.git/modules`, { recursive: true })).filter((name) =>
    name.endsWith('.promisor'),
  )
  expect(promised).toEqual([])
})

test('a server that cannot filter sends all', async () => {
  await using own = await filtering()
  await allow(own, false)
  const { root, link, flags } = await partial('blob:none', '/docs/\n')
  expect(await syncOnce({ repo: own.url, root, flags })).toMatchObject({ code: 0, errors: [] })
  await expectFiles(link, own, ['docs/a', 'docs/b', 'e'])
  expect(await leftOut(root, own)).toBe(0)
})

test('a filter that git does not know is an error that names the option', async () => {
  await using own = await filtering()
  const flags = ['--filter=some:thing']
  const { code, errors } = await syncOnce({ repo: own.url, root: folder.at('unknown'), flags })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatch(/Cannot fetch .*invalid filter-spec.*check --filter/)
})

test('a filter dropped at a restart no longer leaves anything out', async () => {
  await using own = await filtering()
  const { root, link, flags } = await partial('blob:none', '/docs/\n')
  const repo = own.url
  await syncOnce({ repo, root, flags })
  expect(await syncOnce({ repo, root })).toMatchObject({ code: 0, errors: [] })
  await expectServes(link, own, await own.resolve())
  expect(await leftOut(root, own)).toBe(0)
  const next = await own.publish({ new: 'one\n', 'more/new': 'two\n' })
  expect(await syncOnce({ repo, root, flags: flags.slice(1) })).toMatchObject({ code: 0 })
  await expectFiles(link, own, ['docs/a', 'docs/b', 'e', 'new'])
  expect(await leftOut(root, own)).toBe(0)
  expect(await own.resolve()).toBe(next)
})

test('after a change of --repo nothing is asked of the old place', async () => {
  await using own = await filtering()
  const moved = `${own.path}-moved`
  const { root, link, flags } = await partial('blob:none', '/docs/\n')
  await syncOnce({ repo: own.url, root, flags })
  await rename(own.path, moved)
  await writeFile(`${root}-patterns`, '/img/\n')
  const { code, errors, said } = await syncOnce({ repo: moved, root, flags: [...flags, '-v=6'] })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  expect(said).not.toContain(`'${own.path}'`)
  await expectFiles(link, own, ['e', 'img/c', 'img/d'])
  const config = await Bun.file(`${root}/.git/config`).text()
  expect(config.match(/^\[remote (?!"origin")/gm)).toHaveLength(1)
  expect(config).toContain(`[remote "file://${moved}"]`)
})

test('files that are left out while the host is away fail the pass, and break nothing', async () => {
  await using own = await filtering()
  const { root, link, flags } = await partial('blob:none', '/docs/\n')
  const options = { repo: own.url, root, flags }
  await syncOnce(options)
  const before = fingerprint(link)
  await writeFile(`${root}-patterns`, '/img/\n')
  // the host answers where its ref is, and is away when git asks for a file
  const git = folder.at('git-away')
  const lines = [
    'case "$*" in reset*) PATH=$PATH:/nowhere exec git -c protocol.allow=never "$@";; esac',
  ]
  await writeFile(git, ['#!/bin/sh', ...lines, 'exec git "$@"', ''].join('\n'), { mode: 0o755 })
  const halfway = await syncOnce({ ...options, flags: [...flags, `--git=${git}`] })
  expect(halfway.code).toBe(1)
  expect(halfway.errors).toHaveLength(1)
  await rename(own.path, `${own.path}-away`)
  const away = await syncOnce(options)
  expect(away.code).toBe(1)
  expect(away.errors).toHaveLength(1)
  expect(fingerprint(link)).toEqual(before)
  expect(existsSync(`${root}/.quarantine`)).toBe(false)
  await rename(`${own.path}-away`, own.path)
  expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
  await expectFiles(link, own, ['e', 'img/c', 'img/d'])
})

http.test(
  'a host that hangs when it is asked for what it left out holds no pass beyond its limit',
  async () => {
    await using own = await filtering()
    await using server = await startGitHttp(own)
    let posts = Number.NEGATIVE_INFINITY
    // of each pass the first one asks where the ref is
    using front = startFront(new URL(server.url).origin, ({ method }) =>
      method === 'POST' && posts++ > 0 ? new Response(new ReadableStream()) : null,
    )
    const repo = `${front.origin}/site.git`
    const { root, link, flags } = await partial('blob:none', '/docs/\n')
    expect(await syncOnce({ repo, root, flags })).toMatchObject({ code: 0, errors: [] })
    const before = fingerprint(link)
    await writeFile(`${root}-patterns`, '/img/\n')
    posts = 0
    const slow = await syncOnce({ repo, root, flags: [...flags, '--sync-timeout=1s'] })
    expect(slow.code).toBe(1)
    expect(slow.errors).toHaveLength(1)
    expect(slow.errors[0]).toContain('--sync-timeout 1s')
    expect(fingerprint(link)).toEqual(before)
    expect(existsSync(`${root}/.quarantine`)).toBe(false)
    expect(await readdir(`${root}/.worktrees`)).toHaveLength(1)
    posts = Number.NEGATIVE_INFINITY
    expect(await syncOnce({ repo, root, flags })).toMatchObject({ code: 0, errors: [] })
    await expectFiles(link, own, ['e', 'img/c', 'img/d'])
  },
)

test('after another start of the machine no file that was left out is asked for', async () => {
  await using own = await filtering()
  const { root, link, flags } = await partial('blob:none', '/docs/\n')
  await syncOnce({ repo: own.url, root, flags })
  const before = fingerprint(link)
  await writeFile(`${root}/.git/sync-boot`, 'another\n')
  await using sidecar = startGitSync({ repo: `${own.url}-away`, root, flags: [...flags, '-v=5'] })
  await sidecar.line('"failures":1')
  expect(sidecar.stderr.join('\n')).toContain('--really-refresh')
  expect(errorsOf(sidecar).join()).not.toContain('promisor')
  expect(fingerprint(link)).toEqual(before)
  expect(await leftOut(root, own)).toBe(2)
})

test('a deleted tree of some files is built again from what is here', async () => {
  await using own = await filtering()
  const { root, link, flags } = await partial('blob:none', '/docs/\n')
  await syncOnce({ repo: own.url, root, flags })
  await rm(`${root}/.worktrees`, { recursive: true })
  expect((await syncOnce({ repo: `${own.url}-away`, root, flags })).code).toBe(1)
  await expectFiles(link, own, ['docs/a', 'docs/b', 'e'])
})

rooted.test('what is left out comes also from a repository that is another user’s', async () => {
  await using own = await filtering()
  await chown(own.path, 65533, 65533)
  const { root, link, flags } = await partial('blob:none', '/docs/\n')
  expect(await syncOnce({ repo: own.path, root, flags })).toMatchObject({ code: 0, errors: [] })
  await expectFiles(link, own, ['docs/a', 'docs/b', 'e'])
})
