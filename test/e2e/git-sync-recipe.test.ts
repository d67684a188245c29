import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, statSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { fingerprint, inTree, pathsBelow, syncOnce } from './git-sync-run.ts'
import { fromPaths, publishLinks } from './git-sync-submodules-run.ts'

setDefaultTimeout(30_000)

const part = await createRepository({ files: { part: 'x\n' } })
const repository = await createRepository({ files: { 'a.txt': 'a\n', 'sub/b.txt': 'b\n' } })
await publishLinks(repository, { part: { commit: await part.resolve(), url: part.url } })
const repo = repository.url
const commit = await repository.resolve()
const folder = temporaryFolder('recipe')
afterAll(() => Promise.all([part.remove(), repository.remove(), folder.remove()]))

interface Change {
  readonly option: string
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** What tells the two trees apart. */
  readonly look: (link: string) => unknown
  readonly sees: readonly [before: unknown, after: unknown]
}

const changes: readonly Change[] = [
  {
    option: '--group-write',
    before: [],
    after: ['--group-write'],
    look: (link) => [statSync(`${link}/a.txt`).mode & 0o777, statSync(`${link}/sub`).mode & 0o777],
    sees: [
      [0o644, 0o755],
      [0o664, 0o775],
    ],
  },
  {
    option: '--git-config',
    before: ['--git-config=core.autocrlf:false'],
    after: ['--git-config=core.autocrlf:true'],
    look: (link) => readFile(`${link}/a.txt`, 'utf8'),
    sees: ['a\n', 'a\r\n'],
  },
  {
    option: '--submodules',
    before: ['--submodules=off'],
    after: ['--submodules=recursive', fromPaths],
    look: (link) => existsSync(`${link}/part/part`),
    sees: [false, true],
  },
]

function newRoot(): string {
  return folder.at(`root-${crypto.randomUUID()}`)
}

for (const { option, before, after, look, sees } of changes) {
  const off = option === '--submodules' ? [] : ['--submodules=off']
  const run = (root: string, flags: readonly string[], from = repo) =>
    syncOnce({ repo: from, root, flags: [...flags, ...off, '-v=5'] })

  test(`${option} changed at a restart makes the tree of the same commit again`, async () => {
    const root = newRoot()
    const link = `${root}/site`
    await run(root, before)
    for (const [flags, seen] of [
      [after, sees[1]],
      [before, sees[0]],
    ] as const) {
      const { code, errors, said } = await run(root, flags)
      expect({ code, errors }).toEqual({ code: 0, errors: [] })
      expect(await look(link)).toEqual(seen)
      // the repository itself has all that is needed
      expect(said).not.toContain(`["fetch","${repo}"`)
      expect(await inTree(link, repository, 'rev-parse', 'HEAD')).toBe(`${commit}\n`)
      expect(await readdir(`${root}/.worktrees`)).toEqual([commit])
      // once is enough
      const whole = fingerprint(link)
      await run(root, flags)
      expect(fingerprint(link)).toEqual(whole)
    }
  })

  test(`a tree of which nobody knows its ${option} is taken as it is, until that changes`, async () => {
    const root = newRoot()
    const link = `${root}/site`
    await run(root, before)
    const [admin] = await readdir(`${root}/.git/worktrees`)
    await rm(`${root}/.git/worktrees/${admin}/sync-recipe`)
    const whole = fingerprint(link)
    await run(root, after)
    expect(fingerprint(link)).toEqual(whole)
    await run(root, before)
    await run(root, after)
    expect(await look(link)).toEqual(sees[1])
  })
}

test('a record that lost its content with the power tells nothing', async () => {
  const root = newRoot()
  const flags = ['--submodules=off']
  await syncOnce({ repo, root, flags })
  const [admin] = await readdir(`${root}/.git/worktrees`)
  const whole = fingerprint(`${root}/site`)
  for (const content of ['', '{"--sub', 'null\n', '[]\n']) {
    await writeFile(`${root}/.git/worktrees/${admin}/sync-recipe`, content)
    expect(await syncOnce({ repo, root, flags })).toMatchObject({ code: 0, errors: [] })
    expect(fingerprint(`${root}/site`)).toEqual(whole)
  }
})

test('options that shape no tree leave it as it is, and no setting is written down', async () => {
  const root = newRoot()
  const flags = ['--submodules=off']
  await syncOnce({ repo, root, flags })
  const whole = fingerprint(`${root}/site`)
  const others = ['--git-config=http.userAgent:x,user.name:y', '--period=1m', '--depth=0']
  await syncOnce({ repo, root, flags: [...flags, ...others] })
  expect(fingerprint(`${root}/site`)).toEqual(whole)
  const secret = '--git-config=filter.x.smudge:precious'
  await syncOnce({ repo, root, flags: [...flags, secret] })
  const [admin] = await readdir(`${root}/.git/worktrees`)
  const record = await readFile(`${root}/.git/worktrees/${admin}/sync-recipe`, 'utf8')
  expect(record).toContain('--git-config')
  expect(record).not.toContain('precious')
})

test('changed options shape the tree while the host is away', async () => {
  const root = newRoot()
  await syncOnce({ repo, root, flags: ['--submodules=off'] })
  const patterns = folder.at('patterns')
  await writeFile(patterns, '/a.txt\n')
  const flags = ['--submodules=off', `--sparse-checkout-file=${patterns}`]
  const away = await syncOnce({ repo: `${repo}-away`, root, flags })
  expect(away.code).toBe(1)
  expect(existsSync(`${root}/site/a.txt`)).toBe(true)
  expect(existsSync(`${root}/site/sub`)).toBe(false)
})

test('submodules are there whatever the patterns say, as with git itself', async () => {
  const root = newRoot()
  const patterns = folder.at('patterns-and-submodules')
  const flags = [fromPaths, `--sparse-checkout-file=${patterns}`]
  for (const [text, files] of [
    ['/a.txt\n', ['a.txt', 'part/.git', 'part/part']],
    ['/sub/\n!/part\n', ['part/.git', 'part/part', 'sub/b.txt']],
  ] as const) {
    await writeFile(patterns, text)
    expect(await syncOnce({ repo, root, flags })).toMatchObject({ code: 0, errors: [] })
    expect(pathsBelow(`${root}/site`).sort()).toEqual([...files])
    expect(await inTree(`${root}/site`, repository, 'status', '--porcelain')).toBe('')
  }
})
