import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readdir } from 'node:fs/promises'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import {
  errorsOf,
  fingerprint,
  inTree,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'
import {
  expectLikeClone,
  fromPaths,
  publishLinks,
  standBeside,
  storesOf,
} from './git-sync-submodules-run.ts'

setDefaultTimeout(60_000)

const web = needs('nginx', 'fcgiwrap', 'openssl', 'strace')
const traced = needs('strace')
const folder = temporaryFolder('submodule-changes')
afterAll(() => folder.remove())

const sub = await createRepository({ files: { 'sub.txt': 'one\n' } })
const other = await createRepository({ files: { 'other.txt': 'other\n' } })
const one = await sub.resolve()
afterAll(() => Promise.all([sub.remove(), other.remove()]))

/** The programs that one sync starts. */
async function programsOf(repo: string, root: string, ...flags: readonly string[]) {
  const options = { repo, root, countPrograms: true, flags: [...flags, '--one-time'] }
  const sidecar = startGitSync(options)
  expect(await sidecar.exited).toBe(0)
  return sidecar.programs()
}

web.test('a submodule whose commit did not change is not fetched again', async () => {
  await using site = await createRepository()
  await standBeside(site, 'sub.git', sub)
  await using server = await startGitHttp(site)
  const root = folder.at('unchanged')
  const link = { sub: { url: '../sub.git', commit: one } }
  const requestsOfSub = async () =>
    (await server.requests()).filter(({ uri }) => uri.startsWith('/sub.git')).length
  await publishLinks(site, link)
  await syncOnce({ repo: server.url, root })
  const first = await requestsOfSub()
  expect(first).toBeGreaterThan(0)
  await publishLinks(site, link, { 'index.html': 'two\n' })
  const programs = await programsOf(server.url, root)
  await expectLikeClone(`${root}/site`, site, ['--recurse-submodules'])
  expect(await requestsOfSub()).toBe(first)
  // one reads .gitmodules, one writes the files
  expect(programs.filter((line) => line.includes('config --null'))).toHaveLength(1)
  expect(programs.filter((line) => line.includes('reset --hard'))).toHaveLength(2)
  expect(programs.filter((line) => line.includes(' fetch '))).toHaveLength(1)
  const idle = await programsOf(server.url, root)
  expect(idle.filter((line) => /config|reset|fetch/.test(line))).toEqual([])
  expect(await requestsOfSub()).toBe(first)
  const two = await sub.publish({ 'sub.txt': 'two\n' })
  await publishLinks(site, { sub: { url: '../sub.git', commit: two } })
  await syncOnce({ repo: server.url, root })
  expect(await requestsOfSub()).toBeGreaterThan(first)
  await expectLikeClone(`${root}/site`, site)
})

web.test('of a submodule that changed, only the change is sent', async () => {
  await using site = await createRepository()
  const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(200_000))).toString('base64')
  await using large = await createRepository({ files: { noise } })
  await standBeside(site, 'large.git', large)
  await using server = await startGitHttp(site)
  const root = folder.at('large')
  const sent: number[] = []
  for (const text of ['one', 'two']) {
    const commit = await large.publish({ text })
    await publishLinks(site, { large: { url: '../large.git', commit } })
    const before = (await server.requests()).length
    expect(await syncOnce({ repo: server.url, root })).toMatchObject({ code: 0 })
    const since = (await server.requests()).slice(before)
    const ofLarge = since.filter(({ uri }) => uri.startsWith('/large.git'))
    sent.push(ofLarge.reduce((sum, { sentBytes }) => sum + sentBytes, 0))
  }
  expect(sent[0]).toBeGreaterThan(200_000)
  expect(sent[1]).toBeLessThan(10_000)
})

traced.test(
  'a commit without submodules costs no program more than with --submodules=off',
  async () => {
    await using site = await createRepository()
    const counts: number[] = []
    for (const mode of ['recursive', 'off']) {
      const root = folder.at(`none-${mode}`)
      await syncOnce({ repo: site.url, root })
      await site.publish({ 'index.html': `${mode}\n` })
      counts.push((await programsOf(site.url, root, `--submodules=${mode}`)).length)
    }
    expect(counts[0]).toBe(counts[1] ?? 0)
  },
)

test('submodules that are added, moved, renamed, given another URL and removed are followed', async () => {
  await using site = await createRepository()
  const root = folder.at('followed')
  await using sidecar = startGitSync({ repo: site.url, root, flags: [fromPaths] })
  const steps: readonly Parameters<typeof publishLinks>[1][] = [
    {},
    { sub: { url: sub.url, commit: one } },
    { 'moved/to/here': { url: sub.url, commit: one, name: 'sub' } },
    { 'moved/to/here': { url: sub.url, commit: one, name: 'renamed' } },
    { 'moved/to/here': { url: other.url, commit: await other.resolve(), name: 'renamed' } },
    { sub: { url: sub.url, commit: one }, again: { url: sub.url, commit: await sub.resolve() } },
    {},
  ]
  for (const [number, links] of steps.entries()) {
    const commit = await publishLinks(site, links, { 'index.html': `${number}\n` })
    await untilPublished(`${root}/site`, commit)
    await expectLikeClone(`${root}/site`, site)
  }
  expect(errorsOf(sidecar)).toEqual([])
})

test('a submodule where a file was, and a file where it was, are followed', async () => {
  await using site = await createRepository({ files: { place: 'a file\n' } })
  const root = folder.at('file-and-submodule')
  const sync = () => syncOnce({ repo: site.url, root, flags: [fromPaths] })
  await sync()
  for (const turn of [1, 2]) {
    await publishLinks(site, { place: { url: sub.url, commit: one } })
    await sync()
    await expectLikeClone(`${root}/site`, site)
    await publishLinks(site, {}, { place: `a file again ${turn}\n` })
    await sync()
    await expectLikeClone(`${root}/site`, site)
  }
})

test('a submodule that cannot be had fails the pass in one line, and the old tree stays', async () => {
  await using site = await createRepository()
  const root = folder.at('failing')
  await publishLinks(site, { sub: { url: sub.url, commit: one } })
  await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  const before = fingerprint(`${root}/site/`)
  const good = await site.resolve()
  const gone = folder.at('gone.git')
  await publishLinks(site, {
    sub: { url: sub.url, commit: one },
    'libs/"x"': { url: gone, commit: one },
  })
  const { code, errors } = await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  expect({ code, lines: errors.length }).toEqual({ code: 1, lines: 1 })
  expect(JSON.parse(errors[0] ?? '')).toMatchObject({
    error: expect.stringContaining(
      `Cannot fill the submodule "libs/\\"x\\"": Cannot fetch ${one} from ${gone}`,
    ),
    advice: 'check its URL in .gitmodules, and that the login for it may see it',
  })
  expect(fingerprint(`${root}/site/`)).toEqual(before)
  expect(await readdir(`${root}/.worktrees`)).toEqual([good])
  // nor of what came before the failure is anything left
  for (const store of storesOf(root)) {
    const trees = await readdir(`${root}/.git/modules/${store}/worktrees`).catch(() => [])
    expect(trees.length).toBeLessThanOrEqual(1)
  }
  await publishLinks(site, { sub: { url: sub.url, commit: one } })
  expect(await syncOnce({ repo: site.url, root, flags: [fromPaths] })).toMatchObject({ code: 0 })
  await expectLikeClone(`${root}/site`, site)
})

test.each([
  ['no entry in .gitmodules', { commit: one }, /names no URL.*add one to the repository/],
  [
    'a commit that nobody pushed',
    { url: sub.url, commit: 'f'.repeat(40) },
    /not our ref.*push that commit/,
  ],
] as const)('a submodule with %s says what to do', async (_what, link, said) => {
  await using site = await createRepository()
  await publishLinks(site, { lib: link })
  const root = folder.at(crypto.randomUUID())
  const { code, errors } = await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatch(/Cannot fill the submodule/)
  expect(errors[0]).toMatch(said)
})

test('a submodule that its commit leaves out stays an empty folder', async () => {
  await using site = await createRepository()
  await publishLinks(site, {
    none: { url: '/nowhere', commit: one, settings: { update: 'none' } },
    // an entry without a submodule is nothing
    sub: { url: sub.url, commit: one },
  })
  const root = folder.at('update-none')
  expect(await syncOnce({ repo: site.url, root, flags: [fromPaths] })).toMatchObject({ code: 0 })
  await expectLikeClone(`${root}/site`, site)
  expect(await readdir(`${root}/site/none`)).toEqual([])
})

test('--git-config leaves a submodule out, or gives it another URL, by its name', async () => {
  await using site = await createRepository()
  await publishLinks(site, {
    one: { url: '/nowhere', commit: one, name: 'first' },
    two: { url: '/nowhere', commit: one, name: 'second' },
  })
  const root = folder.at('configured')
  const settings = `submodule.first.update:none,submodule.second.url:"${sub.url}"`
  const flags = [`${fromPaths},${settings}`]
  expect(await syncOnce({ repo: site.url, root, flags })).toMatchObject({ code: 0 })
  expect(await readdir(`${root}/site/one`)).toEqual([])
  expect(await readdir(`${root}/site/two`)).toContain('sub.txt')
})

test('a dozen commits of a submodule leave the room of one behind', async () => {
  await using site = await createRepository()
  await using grown = await createRepository({ files: { seed: 'x' } })
  const root = folder.at('flat')
  const flags = [fromPaths, '--git-gc=always']
  const sizes: number[] = []
  for (let turn = 0; turn < 12; turn++) {
    const large = Buffer.from(crypto.getRandomValues(new Uint8Array(50_000))).toString('base64')
    const commit = await grown.publish({ large })
    await publishLinks(site, {
      sub: { url: grown.url, commit },
      [`at-${turn}`]: { url: sub.url, commit: one },
    })
    await syncOnce({ repo: site.url, root, flags })
    sizes.push(await bytesBelow(root))
    // cleaned, but not of what is served
    expect(await inTree(`${root}/site/sub`, site, 'rev-parse', 'HEAD')).toBe(`${commit}\n`)
    await inTree(`${root}/site/sub`, site, 'fsck', '--full', '--strict')
  }
  expect(sizes[11]).toBeLessThan((sizes[1] ?? 0) * 1.5)
  expect(storesOf(root)).toHaveLength(2)
  for (const store of storesOf(root)) {
    expect(await readdir(`${root}/.git/modules/${store}/worktrees`)).toHaveLength(1)
  }
  await publishLinks(site, {})
  await syncOnce({ repo: site.url, root, flags })
  expect(storesOf(root)).toEqual([])
})

async function bytesBelow(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile())
  return files.reduce((sum, entry) => sum + Bun.file(`${entry.parentPath}/${entry.name}`).size, 0)
}
