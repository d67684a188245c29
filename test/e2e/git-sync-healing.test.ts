import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  expectHealed,
  expectServes,
  fingerprint,
  inTree,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'

const traced = needs('strace')
setDefaultTimeout(30_000)

const repository = await createRepository({
  files: { 'index.html': 'one\n', 'css/a.css': 'a {}\n', run: { executable: '#!/bin/sh\n' } },
})
const commit = await repository.resolve()
const folder = temporaryFolder('healing')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

interface Synced {
  readonly root: string
  readonly link: string
}

/** A root after its first sync: copies of one. */
async function synced(): Promise<Synced> {
  const first = folder.at('first')
  if (!existsSync(first)) await syncOnce({ repo: repository.url, root: first })
  const root = folder.at(`root-${crypto.randomUUID()}`)
  await runChild(['cp', '-a', first, root])
  return { root, link: `${root}/site` }
}

/** The kernel tells another id after each start of the machine. */
async function lostPower({ root, link }: Synced): Promise<void> {
  await writeFile(`${root}/.git/sync-boot`, '11111111-2222-3333-4444-555555555555\n')
  await truncate(`${link}/css/a.css`)
}

/** As if the kernel had written size and times of a file, and not what is in it. */
async function lostContent(at: Synced): Promise<void> {
  const file = `${at.link}/css/a.css`
  for (const setting of ['core.trustctime=false', 'core.checkStat=minimal']) {
    await inTree(at.link, repository, 'config', ...setting.split('='))
  }
  await utimes(file, 1_700_000_000, 1_700_000_000)
  await inTree(at.link, repository, 'update-index', '--refresh')
  const { size, mtime } = await stat(file)
  await lostPower(at)
  await truncate(file, size)
  await utimes(file, mtime, mtime)
}

const damages: readonly (readonly [what: string, damage: (at: Synced) => Promise<unknown>])[] = [
  ['a deleted tree', ({ root }) => rm(`${root}/.worktrees/${commit}`, { recursive: true })],
  [
    'a tree without files',
    async ({ root }) => {
      await rm(`${root}/.worktrees/${commit}`, { recursive: true })
      await mkdir(`${root}/.worktrees/${commit}`)
    },
  ],
  ['all trees deleted', ({ root }) => rm(`${root}/.worktrees`, { recursive: true })],
  ['a deleted link', ({ link }) => rm(link)],
  [
    'a commit made inside the tree',
    async ({ link }) => {
      await writeFile(`${link}/index.html`, 'changed by somebody\n')
      await inTree(link, repository, 'commit', '--quiet', '--all', '--message=mine')
    },
  ],
  ['a stray file among the trees', ({ root }) => writeFile(`${root}/.worktrees/stray`, 'x')],
  [
    'a stray folder among the trees',
    ({ root }) => mkdir(`${root}/.worktrees/${'0'.repeat(40)}/x`, { recursive: true }),
  ],
  [
    'a file in the root whose name is the commit',
    ({ root }) => writeFile(`${root}/${commit}`, 'x'),
  ],
  [
    'the tree of a killed build',
    ({ root }) => mkdir(`${root}/.worktrees/new-0123456789ab/x`, { recursive: true }),
  ],
  ['a file that lost its content with the power', lostPower],
  ['a file that lost its content with the power, and shows it by nothing else', lostContent],
  [
    'a file that was lost with the power, and is not missed by git',
    async (at) => {
      await lostPower(at)
      await inTree(at.link, repository, 'rm', '--quiet', '--force', 'css/a.css')
    },
  ],
  [
    'a file and a record that lost their content with the power',
    async (at) => {
      await lostPower(at)
      await writeFile(`${at.root}/.git/sync-boot`, '')
    },
  ],
  [
    'a file, a pack and a ref that lost their content with the power',
    async (at) => {
      await lostPower(at)
      await writeFile(`${at.root}/.git/refs/sync/current`, '')
      const packs = `${at.root}/.git/objects/pack`
      const names = (await readdir(packs)).filter((name) => name.endsWith('.pack'))
      for (const name of names) await truncate(`${packs}/${name}`)
    },
  ],
  ['a broken HEAD', ({ root }) => writeFile(`${root}/.git/HEAD`, 'nonsense')],
  ['a broken config', ({ root }) => writeFile(`${root}/.git/config`, '[[[')],
  ['an empty ref', ({ root }) => writeFile(`${root}/.git/refs/sync/current`, '')],
  ['a ref of nonsense', ({ root }) => writeFile(`${root}/.git/refs/sync/next`, 'nonsense')],
  ['a broken list of refs', ({ root }) => writeFile(`${root}/.git/packed-refs`, '\0\0')],
  ['a broken list of shallow commits', ({ root }) => writeFile(`${root}/.git/shallow`, 'x')],
  [
    'removed objects',
    async ({ root }) => {
      await rm(`${root}/.git/objects`, { recursive: true })
      await mkdir(`${root}/.git/objects`)
    },
  ],
  [
    'truncated objects',
    async ({ root }) => {
      const objects = `${root}/.git/objects`
      for (const name of await readdir(objects, { recursive: true })) {
        if (/^(..\/[\da-f]{38}|pack\/.*\.pack)$/.test(name)) {
          await rm(`${objects}/${name}`)
          await writeFile(`${objects}/${name}`, 'x')
        }
      }
    },
  ],
  ['a deleted repository', ({ root }) => rm(`${root}/.git`, { recursive: true })],
  [
    'a file where the repository belongs',
    async ({ root }) => {
      await rm(`${root}/.git`, { recursive: true })
      await writeFile(`${root}/.git`, 'x')
    },
  ],
]

for (const [what, damage] of damages) {
  test(`${what} is healed in one pass`, async () => {
    const at = await synced()
    await damage(at)
    await expectHealed(at.root, repository)
    const trees = await readdir(`${at.root}/.worktrees`)
    expect(trees).toEqual([commit])
  })
}

const locks = [
  'HEAD.lock',
  'shallow.lock',
  'packed-refs.lock',
  'config.lock',
  'refs/sync/next.lock',
  'refs/sync/current.lock',
  'objects/info/commit-graph.lock',
  'gc.pid',
]

test('locks that a killed git left hold nothing up', async () => {
  await using own = await createRepository({ files: { 'index.html': 'one\n' } })
  const root = folder.at('locks')
  await syncOnce({ repo: own.url, root })
  const admins = (await readdir(`${root}/.git/worktrees`)).map((name) => `worktrees/${name}`)
  const all = [
    ...locks,
    ...admins.flatMap((admin) => [`${admin}/index.lock`, `${admin}/HEAD.lock`]),
  ]
  await mkdir(`${root}/.git/objects/info`, { recursive: true })
  for (const lock of all) await writeFile(`${root}/.git/${lock}`, '1 elsewhere\n')
  const next = await own.publish({ 'index.html': 'two\n' })
  expect(await syncOnce({ repo: own.url, root })).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, own, next)
  const left = (await readdir(`${root}/.git`, { recursive: true })).filter((name) =>
    /\.lock$|gc\.pid$/.test(name),
  )
  expect(left).toEqual([])
})

test('a lock that a git left which was killed under us is removed by the next pass', async () => {
  await using own = await createRepository({ files: { 'index.html': 'one\n' } })
  const root = folder.at('locks-running')
  await using sidecar = startGitSync({ repo: own.url, root })
  await untilPublished(`${root}/site`, await own.resolve())
  await writeFile(`${root}/.git/shallow.lock`, '')
  await writeFile(`${root}/.git/refs/sync/current.lock`, '')
  const next = await own.publish({ 'index.html': 'two\n' })
  await untilPublished(`${root}/site`, next)
  await expectServes(`${root}/site`, own, next)
  expect(errorsOf(sidecar)).toEqual([])
})

for (const what of ['.git', '.worktrees', '']) {
  const name = what === '' ? 'the whole root' : what
  test(`${name} deleted under a running git-sync comes back`, async () => {
    const { root, link } = await synced()
    const touched = `${root}-touched`
    const flags = [`--touch-file=${touched}`]
    await using _sidecar = startGitSync({ repo: repository.url, root, flags })
    await until(() => existsSync(touched) || null, { what: 'the first pass' })
    await rm(`${root}/${what}`, { recursive: true, force: true })
    await until(() => existsSync(`${link}/.git`) || null, { what: 'the tree' })
    await until(() => existsSync(`${root}/.git/sync-depth`) || null)
    await until(async () =>
      (await inTree(link, repository, 'rev-parse', 'HEAD')).trim() === commit ? 1 : null,
    )
    await expectServes(link, repository, commit)
  })
}

for (const part of ['HEAD', 'objects', 'refs']) {
  test(`${part} deleted from the repository under a running git-sync comes back without a push`, async () => {
    const { root, link } = await synced()
    await using sidecar = startGitSync({ repo: repository.url, root })
    await until(() => sidecar.stderr.some((line) => line.includes('already published')) || null)
    await rm(`${root}/.git/${part}`, { recursive: true })
    await until(async () => (await inTree(link, repository, 'fsck').catch(() => null)) && 1, {
      what: 'a sound repository',
    })
    await until(() => existsSync(`${root}/.git/sync-depth`) || null)
    await expectServes(link, repository, commit)
    expect(await inTree(link, repository, 'rev-parse', 'HEAD')).toBe(`${commit}\n`)
  })
}

for (const [file, content] of [
  ['config', '[[['],
  ['HEAD', 'nonsense'],
  ['refs/sync/current', 'nonsense'],
  ['refs/sync/next', ''],
  ['shallow', 'nonsense'],
] as const) {
  test(`${file} broken under a running git-sync is healed when the next commit comes`, async () => {
    await using own = await createRepository({ files: { 'index.html': 'one\n' } })
    const root = folder.at(`broken-${file.replaceAll('/', '-')}`)
    const link = `${root}/site`
    await using sidecar = startGitSync({ repo: own.url, root })
    await untilPublished(link, await own.resolve())
    await writeFile(`${root}/.git/${file}`, content)
    const next = await own.publish({ 'index.html': 'two\n' })
    await untilPublished(link, next)
    await expectServes(link, own, next)
    expect(errorsOf(sidecar)).toEqual([])
    expect(await inTree(link, repository, 'status', '--porcelain')).toBe('')
  })
}

test('a tree that lost nothing with the power is read once, and no file of it is touched', async () => {
  const { root, link } = await synced()
  await writeFile(`${root}/.git/sync-boot`, 'another\n')
  const before = fingerprint(link)
  for (const [reads, flags] of [
    [1, ['-v=5']],
    [0, ['-v=5']],
  ] as const) {
    const { code, said } = await syncOnce({ repo: repository.url, root, flags })
    expect(code).toBe(0)
    expect(said.match(/--really-refresh/g) ?? []).toHaveLength(reads)
  }
  expect(fingerprint(link)).toEqual(before)
  expect(await inTree(link, repository, 'status', '--porcelain')).toBe('')
})

test('a file that lost its content with the power comes back while the host is away', async () => {
  const at = await synced()
  await lostPower(at)
  const away = await syncOnce({ repo: `${repository.url}-away`, root: at.root })
  expect(away.code).toBe(1)
  await expectServes(at.link, repository, commit)
  // once is enough
  const before = fingerprint(at.link)
  await expectHealed(at.root, repository)
  expect(fingerprint(at.link)).toEqual(before)
})

traced.test('a restart with an unchanged commit touches no file and starts two gits', async () => {
  const { root, link } = await synced()
  const before = fingerprint(link)
  const flags = ['--one-time']
  const sidecar = startGitSync({ repo: repository.url, root, flags, countPrograms: true })
  expect(await sidecar.exited).toBe(0)
  expect(fingerprint(link)).toEqual(before)
  const programs = await sidecar.programs()
  const own = programs.flatMap((line) => / (rev-parse|ls-remote) /.exec(line)?.[1] ?? [])
  expect(own).toEqual(['rev-parse', 'ls-remote'])
  // and what git itself starts for a repository that is a path: a shell and the other side
  expect(programs.length).toBeLessThanOrEqual(4)
})
