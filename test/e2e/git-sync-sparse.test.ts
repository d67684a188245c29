import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  fingerprint,
  inTree,
  pathsBelow,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'
import { rootOfVersion4 } from './predecessor-roots.ts'

setDefaultTimeout(30_000)

const files = {
  'index.html': 'one\n',
  'docs/a.md': 'a\n',
  'docs/b.txt': 'b\n',
  'docs/old/c.md': 'c\n',
  'img/d.png': 'd\n',
}
const repository = await createRepository({ files })
const repo = repository.url
const commit = await repository.resolve()
const folder = temporaryFolder('sparse')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

interface Sparse {
  readonly root: string
  readonly link: string
  readonly patterns: string
  readonly flags: readonly string[]
}

/** A new root and a file of patterns for it. */
async function sparse(...lines: readonly string[]): Promise<Sparse> {
  const root = folder.at(`root-${crypto.randomUUID()}`)
  const patterns = `${root}-patterns`
  await writeFile(patterns, lines.map((line) => `${line}\n`).join(''))
  return {
    root,
    link: `${root}/site`,
    patterns,
    flags: [`--sparse-checkout-file=${patterns}`],
  }
}

const markdown = ['# of the documents', '/docs/**/*.md', '!/docs/old/*', ''] as const
const onlyMarkdown = ['docs/a.md']
const all = Object.keys(files).sort()

/** The link's tree has these files of the commit, and git has nothing to say about it. */
async function expectFiles(link: string, paths: readonly string[]): Promise<void> {
  expect(pathsBelow(link).sort()).toEqual([...paths].sort())
  expect(await inTree(link, repository, 'status', '--porcelain')).toBe('')
}

async function expectSynced({ root, flags }: Sparse): Promise<void> {
  expect(await syncOnce({ repo, root, flags })).toMatchObject({ code: 0, errors: [] })
}

for (const objectFormat of ['sha1', 'sha256'] as const) {
  test(`the patterns say which files the tree has, in a repository of ${objectFormat}`, async () => {
    await using own = await createRepository({ objectFormat, files })
    const { root, link, flags } = await sparse(...markdown)
    const options = { repo: own.url, root, flags }
    expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
    await expectFiles(link, onlyMarkdown)
    await own.publish({ 'docs/new.md': 'n\n', 'docs/new.txt': 'n\n', 'docs/a.md': 'changed\n' })
    expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
    await expectFiles(link, ['docs/a.md', 'docs/new.md'])
    expect(await Bun.file(`${link}/docs/a.md`).text()).toBe('changed\n')
    // for whoever runs git there: the same patterns, for this tree alone
    const list = await inTree(link, own, 'sparse-checkout', 'list')
    expect(list).toBe(`${markdown.slice(1, 3).join('\n')}\n`)
    const quiet = ['sh', '-c', 'git read-tree -m -u HEAD 2>&1 && git config core.sparseCheckout']
    expect(await runChild(quiet, { cwd: link, env: own.env })).toBe('true\n')
    await expectFiles(link, ['docs/a.md', 'docs/new.md'])
    expect(
      await own.git('-C', root, 'config', '--get', 'core.sparseCheckout').catch(() => ''),
    ).toBe('')
  })
}

const shapes: readonly (readonly [what: string, lines: readonly string[]])[] = [
  ['folders, as git itself writes them', ['/*', '!/*/', '/img/']],
  ['a folder in a folder', ['/*', '!/*/', '/docs/', '!/docs/*/', '/docs/old/']],
  ['a folder alone', ['/img/']],
  ['any others', markdown],
  ['one that is not of a folder after those that are', ['/*', '!/*/', '/img/', '*.txt']],
  ['all but some', ['/*', '!/docs/*.md']],
  ['what is not there', ['/nothing/']],
  ['none', []],
]

for (const [what, lines] of shapes) {
  test(`patterns of ${what} mean what they mean to git sparse-checkout`, async () => {
    const at = await sparse(...lines)
    await rootOfVersion4(repository, { root: `${at.root}-git`, sparse: at.patterns })
    await expectSynced(at)
    await expectFiles(at.link, pathsBelow(`${at.root}-git/site`))
    const warnings = ['sh', '-c', 'git status --porcelain 2>&1']
    expect(await runChild(warnings, { cwd: at.link, env: repository.env })).toBe('')
  })
}

test('a file of patterns that is emptied leaves what an empty one leaves', async () => {
  const at = await sparse(...markdown)
  await expectSynced(at)
  await truncate(at.patterns)
  await expectSynced(at)
  await expectFiles(at.link, ['index.html'])
})

test('a changed file of patterns is followed without a new commit, a fetch or a gap', async () => {
  const at = await sparse(...markdown)
  const flags = [...at.flags, '-v=5', '--http-bind=127.0.0.1:0', '--http-metrics']
  await using sidecar = startGitSync({ repo, root: at.root, flags })
  await untilPublished(at.link, commit)
  await sidecar.line('"msg":"published"')
  let gaps = 0
  let reading = true
  const reader = (async () => {
    for (; reading; await Bun.sleep(0)) if (!existsSync(`${at.link}/docs/a.md`)) gaps++
  })()
  const wanted: readonly (readonly [patterns: string, paths: readonly string[]])[] = [
    ['/docs/\n', ['docs/a.md', 'docs/b.txt', 'docs/old/c.md', 'index.html']],
    ['/docs/*.md\n/img/\n', ['docs/a.md', 'img/d.png']],
    ['/docs/a.md\n', ['docs/a.md']],
  ]
  for (const [patterns, paths] of wanted) {
    await writeFile(at.patterns, patterns)
    await until(() => String(pathsBelow(at.link).sort()) === String(paths) || null)
    await expectFiles(at.link, paths)
  }
  reading = false
  await reader
  expect(gaps).toBe(0)
  expect(errorsOf(sidecar)).toEqual([])
  const ran = sidecar.log().flatMap(({ msg, args }) => (msg === 'ran git' ? [String(args)] : []))
  expect(ran.filter((args) => args.startsWith('fetch'))).toHaveLength(1)
  // each is an update: hooks and metrics are told
  expect(sidecar.log().filter(({ msg }) => msg === 'published')).toHaveLength(1 + wanted.length)
})

test('with a hash as --ref a changed file of patterns is followed while the host is away', async () => {
  await using own = await createRepository({ files })
  const at = await sparse(...markdown)
  const flags = [...at.flags, `--ref=${await own.resolve()}`]
  await using sidecar = startGitSync({ repo: own.url, root: at.root, flags })
  await untilPublished(at.link, await own.resolve())
  await rename(own.path, `${own.path}-away`)
  await writeFile(at.patterns, '/img/\n')
  await until(() => String(pathsBelow(at.link).sort()) === 'img/d.png,index.html' || null)
  expect(errorsOf(sidecar)).toEqual([])
})

test('an option that is given or dropped at a restart shapes the tree that is served', async () => {
  const at = await sparse(...markdown)
  await syncOnce({ repo, root: at.root })
  await expectFiles(at.link, all)
  await expectSynced(at)
  await expectFiles(at.link, onlyMarkdown)
  await expectSynced({ ...at, flags: [] })
  await expectFiles(at.link, all)
  expect(await readdir(`${at.root}/.worktrees`)).toEqual([commit])
})

test('a restart with the same patterns touches nothing', async () => {
  const at = await sparse(...markdown)
  await expectSynced(at)
  const before = fingerprint(at.link)
  await expectSynced(at)
  await writeFile(at.patterns, await Bun.file(at.patterns).text())
  await expectSynced(at)
  expect(fingerprint(at.link)).toEqual(before)
})

test('a file of patterns that cannot be read is one line that names the option, and the old tree stays', async () => {
  const at = await sparse(...markdown)
  await rm(at.patterns)
  const none = await syncOnce({ repo, root: at.root, flags: at.flags })
  expect(none.code).toBe(1)
  expect(none.errors).toHaveLength(1)
  expect(none.errors[0]).toMatch(/Cannot read --sparse-checkout-file .*-patterns: .*no such file/)
  expect(await readdir(at.root)).not.toContain('site')
  await writeFile(at.patterns, '/docs/a.md\n')
  await expectSynced(at)
  const before = fingerprint(at.link)
  await rm(at.patterns)
  await mkdir(at.patterns)
  await using sidecar = startGitSync({ repo, root: at.root, flags: at.flags })
  await sidecar.line(/Cannot read --sparse-checkout-file.*"failures":2/)
  expect(fingerprint(at.link)).toEqual(before)
  await rm(at.patterns, { recursive: true })
  await writeFile(at.patterns, '/img/\n')
  await until(() => String(pathsBelow(at.link).sort()) === 'img/d.png,index.html' || null)
})

const damages: readonly (readonly [what: string, damage: (at: Sparse) => Promise<unknown>])[] = [
  ['a deleted tree', ({ root }) => rm(`${root}/.worktrees`, { recursive: true })],
  ['a deleted link', ({ link }) => rm(link)],
  ['removed objects', ({ root }) => rm(`${root}/.git/objects`, { recursive: true })],
  [
    'a commit made inside the tree',
    async ({ link }) => {
      await writeFile(`${link}/docs/a.md`, 'changed by somebody\n')
      await inTree(link, repository, 'commit', '--quiet', '--all', '--message=mine')
    },
  ],
  [
    'a file that lost its content with the power',
    async ({ root, link }) => {
      await writeFile(`${root}/.git/sync-boot`, 'another\n')
      await truncate(`${link}/docs/a.md`)
    },
  ],
]

for (const [what, damage] of damages) {
  test(`${what} is healed in one pass, with the same patterns`, async () => {
    const at = await sparse(...markdown)
    await expectSynced(at)
    await damage(at)
    await expectSynced(at)
    await expectFiles(at.link, onlyMarkdown)
    expect(await Bun.file(`${at.link}/docs/a.md`).text()).toBe('a\n')
  })
}

test('after another start of the machine a tree of some files is whole, and not touched', async () => {
  const at = await sparse(...markdown)
  await expectSynced(at)
  await writeFile(`${at.root}/.git/sync-boot`, 'another\n')
  const before = fingerprint(at.link)
  const { said } = await syncOnce({ repo, root: at.root, flags: [...at.flags, '-v=5'] })
  expect(said).toContain('--really-refresh')
  expect(fingerprint(at.link)).toEqual(before)
  await expectFiles(at.link, onlyMarkdown)
})
