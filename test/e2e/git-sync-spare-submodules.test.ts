import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { appendFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, fingerprint, inTree, startGitSync, untilPublished } from './git-sync-run.ts'
import {
  contentOf,
  fromPaths,
  type Link,
  publishLinks,
  storesOf,
} from './git-sync-submodules-run.ts'
import { brought, expectBrought, programsRun, quick, untilReady } from './spare-run.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('spare-submodules')
const inner = await createRepository({ files: { 'inner.txt': 'one\n', 'same.txt': 'same\n' } })
const innerOne = await inner.resolve()
const innerTwo = await inner.publish({ 'inner.txt': 'two\n', 'more/a': 'a\n' })
const middle = await createRepository({ files: { 'middle.txt': 'middle\n' } })
const linkToInner = (commit: string): Record<string, Link> => ({
  'deep/inner': { url: inner.url, commit },
})
const middleOne = await publishLinks(middle, linkToInner(innerOne))
const middleTwo = await publishLinks(middle, linkToInner(innerTwo), { 'middle.txt': 'two\n' })
const bent = await publishLinks(middle, linkToInner(innerTwo), {
  '.gitattributes': '*.txt text eol=crlf\n',
})
afterAll(() => Promise.all([inner, middle, folder].map((each) => each.remove())))

type Links = Readonly<Record<string, Link>>

interface Followed extends AsyncDisposable {
  readonly root: string
  readonly site: Repository
  readonly sidecar: Sidecar
  /** Publishes; both trees are those of a clone then. */
  step(links: Links, changes?: Record<string, string>): Promise<string>
  /** How often a tree was built. */
  built(): number
  /** The folder of the second tree. */
  second(): Promise<string>
}

interface FollowedOptions {
  readonly flags?: readonly string[]
  /** What makes a clone the same as our trees. */
  readonly fill?: readonly string[]
}

/** A git-sync that has two trees of a repository with these submodules. */
async function followed(
  first: Links,
  {
    flags = [],
    fill = ['submodule', '--quiet', 'update', '--init', '--recursive'],
  }: FollowedOptions = {},
): Promise<Followed> {
  const site = await createRepository()
  const root = folder.at(crypto.randomUUID())
  const commit = await publishLinks(site, first)
  const nameOf = (flag: string): string => flag.split('=', 1)[0] ?? ''
  const given = new Set(flags.map(nameOf))
  const usualFlags = [...quick, fromPaths].filter((flag) => !given.has(nameOf(flag)))
  const sidecar = startGitSync({ repo: site.url, root, flags: [...usualFlags, ...flags] })

  async function second(): Promise<string> {
    const names = await readdir(`${root}/.worktrees`)
    return `${root}/.worktrees/${names.find((name) => name.startsWith('new-'))}`
  }

  async function expectLikeClone(wanted: string): Promise<void> {
    await untilPublished(`${root}/site`, wanted)
    const at = folder.at(crypto.randomUUID())
    await runChild(['git', 'clone', '--quiet', site.url, at], site)
    await inTree(at, site, ...fill)
    expect(contentOf(`${root}/site`)).toEqual(contentOf(at))
    await untilReady(sidecar, wanted)
    expect(contentOf(await second())).toEqual(contentOf(at))
    await rm(at, { recursive: true })
  }

  await expectLikeClone(commit)
  return {
    root,
    site,
    sidecar,
    async step(links, changes = { 'index.html': `${crypto.randomUUID()}\n` }) {
      const wanted = await publishLinks(site, links, changes)
      await expectLikeClone(wanted)
      return wanted
    },
    built: () => programsRun(sidecar).filter((words) => words === 'worktree add').length,
    second,
    async [Symbol.asyncDispose]() {
      await sidecar.stop()
      await site.remove()
    },
  }
}

const inodeOf = (path: string): number => lstatSync(path).ino

const usual = { sub: { url: inner.url, commit: innerOne } }

test('submodules whose commit did not change cost a second tree no program and no file', async () => {
  const links = { middle: { url: middle.url, commit: middleOne } }
  await using run = await followed(links)
  const { root, sidecar } = run
  const filesOf = (tree: string) => fingerprint(`${tree}/middle/`)
  await run.step(links)
  const before = filesOf(await run.second())
  const ran = programsRun(sidecar).length
  const commits = [await run.step(links)]
  expect(filesOf(`${root}/site`)).toEqual(before)
  commits.push(await run.step(links))
  expect(brought(sidecar).slice(-2)).toEqual(commits)
  const each = ['fetch', 'rev-parse', 'diff-tree', 'read-tree', 'update-ref']
  const known = /^(fetch|rev-parse|diff-tree|read-tree|update-ref|config|init|worktree add)\b/
  const programs = programsRun(sidecar)
    .slice(ran)
    .flatMap((words) => known.exec(words)?.[1] ?? [])
  expect(programs).toEqual([...each, 'diff-tree', 'read-tree', ...each, 'diff-tree', 'read-tree'])
})

test('a submodule with another commit is brought there by what changed, and so is one within', async () => {
  const at = (commit: string) => ({
    middle: { url: middle.url, commit },
    'beside/inner': { url: inner.url, commit: innerOne },
  })
  await using run = await followed(at(middleOne))
  const { root, sidecar } = run
  const same = (top: string) => inodeOf(`${top}/middle/deep/inner/same.txt`)
  await run.step(at(middleOne))
  const before = same(await run.second())
  const two = await run.step(at(middleTwo))
  expect(same(`${root}/site`)).toBe(before)
  const inside = { 'beside/inner': { url: inner.url, commit: innerTwo } }
  const three = await run.step({ ...at(middleOne), ...inside })
  expect(brought(sidecar).slice(-2)).toEqual([two, three])
  expect(run.built()).toBe(2)
  expect(errorsOf(sidecar)).toEqual([])
})

for (const [what, links, changes] of [
  ['is added', { ...usual, 'next/to/it': { url: middle.url, commit: middleOne } }, {}],
  ['is removed', {}, {}],
  ['is moved', { 'else/where': { url: inner.url, commit: innerOne, name: 'sub' } }, {}],
  ['has another URL', { sub: { url: middle.url, commit: middleOne } }, {}],
  ['comes from elsewhere', { sub: { url: `file:///${inner.path}`, commit: innerTwo } }, {}],
  ['needs no history', { sub: { ...usual.sub, settings: { shallow: 'true' } } }, {}],
  ['becomes a file', {}, { sub: 'a file\n' }],
  ['becomes a folder', {}, { 'sub/inner.txt': 'another\n' }],
  ['is left out', { sub: { ...usual.sub, settings: { update: 'none' } } }, {}],
] as const) {
  test(`where a submodule ${what} a new tree is made, and the next one is a second tree again`, async () => {
    await using run = await followed(usual)
    const next = await run.step(links, changes)
    expect(brought(run.sidecar)).not.toContain(next)
    const again = await run.step(links, { ...changes, other: 'x\n' })
    expect(brought(run.sidecar)).toContain(again)
    const back = await run.step(usual)
    expect(brought(run.sidecar)).not.toContain(back)
    expect(errorsOf(run.sidecar)).toEqual([])
  })
}

test('attributes that change within a submodule make a new tree', async () => {
  await using run = await followed({ middle: { url: middle.url, commit: middleTwo } })
  const commit = await run.step({ middle: { url: middle.url, commit: bent } })
  expect(brought(run.sidecar)).not.toContain(commit)
  expect(await Bun.file(`${run.root}/site/middle/middle.txt`).text()).toBe('two\r\n')
})

test('a submodule with a relative URL is brought, and one that its commit leaves out stays empty', async () => {
  // The repository around it stands as deep as this one.
  const upToTop = inner.path.replaceAll(/\/[^/]+/g, '/..').slice(1)
  const at = (commit: string): Links => ({
    relative: { url: `./${upToTop}${inner.path}`, commit },
    none: { url: '/nowhere', commit, settings: { update: 'none' } },
  })
  await using run = await followed(at(innerOne))
  await expectBrought(run.sidecar, [await run.step(at(innerTwo))])
  expect(await readdir(`${run.root}/site/none`)).toEqual([])
  expect(await readdir(`${run.root}/site/relative`)).toContain('more')
})

test('with --submodules=shallow those of the repository are brought, and theirs stay empty', async () => {
  const at = (commit: string): Links => ({ middle: { url: middle.url, commit } })
  const fill = ['submodule', '--quiet', 'update', '--init']
  await using run = await followed(at(middleOne), { flags: ['--submodules=shallow'], fill })
  await expectBrought(run.sidecar, [await run.step(at(middleTwo)), await run.step(at(middleOne))])
  expect(await readdir(`${run.root}/site/middle/deep/inner`)).toEqual([])
})

test('with --submodules=off their folders come and go with a second tree, and are empty', async () => {
  await using run = await followed({}, { flags: ['--submodules=off'], fill: ['status'] })
  const commits = [
    await run.step({ 'deep/sub': { url: '/nowhere', commit: innerOne } }),
    await run.step({ 'deep/sub': { url: '/nowhere', commit: innerTwo } }),
    await run.step({ other: { url: '/elsewhere', commit: innerTwo } }, { deep: 'file\n' }),
    await run.step({}),
  ]
  await expectBrought(run.sidecar, commits)
})

const harms: Record<string, (sub: string, site: Repository) => Promise<unknown>> = {
  'got a file': (sub) => writeFile(`${sub}/left-behind`, 'x'),
  'lost a file': (sub) => rm(`${sub}/inner.txt`),
  'got other content': (sub) => appendFile(`${sub}/same.txt`, 'x'),
  'is a file now': (sub) => rm(sub, { recursive: true }).then(() => writeFile(sub, 'x')),
  'lost its .git': (sub) => rm(`${sub}/.git`),
  'is of another commit': (sub, site) =>
    inTree(sub, site, 'checkout', '--quiet', '--orphan', 'x').then(() =>
      inTree(sub, site, 'commit', '--quiet', '-m', 'x'),
    ),
  'was made sparse': (sub, site) => inTree(sub, site, 'sparse-checkout', 'set', 'nothing'),
}

for (const [what, harm] of Object.entries(harms)) {
  test(`a submodule that ${what} while it was served is made good before it is served again`, async () => {
    await using run = await followed(usual)
    const { root, site, sidecar } = run
    await harm(`${root}/site/sub`, site)
    const commits = [await run.step(usual), await run.step(usual)]
    await expectBrought(sidecar, commits)
    const last = await run.step({ sub: { url: inner.url, commit: innerTwo } })
    await expectBrought(sidecar, [...commits, last])
    expect(run.built()).toBe(2)
    for (const path of ['', '/sub']) {
      expect(await inTree(`${root}/site${path}`, site, 'status', '--porcelain')).toBe('')
    }
  })
}

test('git finds the submodules of both trees where they are, and its own cleaning takes nothing', async () => {
  const at = (commit: string): Links => ({ middle: { url: middle.url, commit } })
  await using run = await followed(at(middleOne))
  const { root, site, sidecar } = run
  const stores = storesOf(root).map((name) => `${root}/.git/modules/${name}`)
  expect(stores).toHaveLength(2)
  for (const commit of [middleTwo, middleOne, middleTwo]) {
    await run.step(at(commit))
    for (const store of stores) {
      // Of two working trees that seem to stand in one place git forgets one.
      await runChild(['git', '--git-dir', store, 'gc', '--quiet', '--prune=now'], site)
      const places = (await readdir(`${store}/worktrees`)).map((name) =>
        readFileSync(`${store}/worktrees/${name}/gitdir`, 'utf8').trim(),
      )
      expect(new Set(places).size).toBe(2)
      expect(places.filter((place) => !existsSync(place))).toEqual([])
    }
    for (const tree of [`${root}/site`, await run.second()]) {
      await inTree(`${tree}/middle/deep/inner`, site, 'fsck', '--full', '--strict')
      const status = await inTree(tree, site, 'submodule', 'status', '--recursive')
      expect(status.split('\n').map((line) => line[0])).toEqual([' ', ' ', undefined])
    }
  }
  expect(errorsOf(sidecar)).toEqual([])
})

test('the objects of a commit that a submodule left in both trees go', async () => {
  const flags = ['--git-gc=auto', `${fromPaths},gc.autoPackLimit:1`]
  await using run = await followed(usual, { flags })
  const { root, site } = run
  const [name = ''] = storesOf(root)
  const inStore = () =>
    runChild(
      ['git', '--git-dir', `${root}/.git/modules/${name}`, 'rev-list', '--objects', innerOne],
      site,
    ).catch(() => null)
  expect(await inStore()).toContain('inner.txt')
  await run.step({ sub: { url: inner.url, commit: innerTwo } })
  await until(async () => ((await inStore()) === null ? true : null))
  // Trees that were made anew and removed would have been told of in another way.
  expect(run.built()).toBe(2)
  expect(await inTree(`${root}/site/sub`, site, 'fsck', '--full')).toBe('')
  expect(errorsOf(run.sidecar)).toEqual([])
})

test('while the host of a submodule is away no second tree is lost', async () => {
  await using gone = await createRepository()
  const at = (commit: string): Links => ({ sub: { url: gone.url, commit } })
  await using run = await followed(at(await gone.resolve()))
  const { root, site, sidecar } = run
  const before = await run.second()
  const ready = () => sidecar.log().filter(({ msg }) => msg === 'a second tree is ready').length
  const commit = await gone.publish({ 'index.html': 'two\n' })
  await rename(gone.path, `${gone.path}.away`)
  const wanted = await publishLinks(site, at(commit), { 'index.html': 'two\n' })
  await until(() => errorsOf(sidecar).length > 0 || null)
  await until(() => ready() > 1 || null)
  expect(await run.second()).toBe(before)
  await rename(`${gone.path}.away`, gone.path)
  await untilPublished(`${root}/site`, wanted)
  expect(await Bun.file(`${root}/site/sub/index.html`).text()).toBe('two\n')
  await expectBrought(sidecar, [wanted])
  expect(errorsOf(sidecar).join()).toContain('Cannot fill the submodule')
})

test('what is kept of a submodule is fetched again when it is gone', async () => {
  await using run = await followed(usual)
  await rm(`${run.root}/.git/modules`, { recursive: true })
  await run.step(usual)
  expect(await inTree(`${run.root}/site/sub`, run.site, 'status', '--porcelain')).toBe('')
  await run.step(usual)
})
