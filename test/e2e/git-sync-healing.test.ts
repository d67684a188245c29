import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises'
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
const rooted = needs('root')
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
    await rm(`${root}/${what}`, { recursive: true })
    await until(() => existsSync(`${link}/.git`) || null, { what: 'the tree' })
    await until(() => existsSync(`${root}/.git/sync-depth`) || null)
    await until(async () =>
      (await inTree(link, repository, 'rev-parse', 'HEAD')).trim() === commit ? 1 : null,
    )
    await expectServes(link, repository, commit)
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

/** Zeroes in the middle of each pack: the file that cannot be compressed fills it. */
async function corruptPacks(root: string): Promise<void> {
  const packs = `${root}/.git/objects/pack`
  for (const name of (await readdir(packs)).filter((name) => name.endsWith('.pack'))) {
    await chmod(`${packs}/${name}`, 0o644)
    await using pack = await open(`${packs}/${name}`, 'r+')
    await pack.write(new Uint8Array(64), 0, 64, Math.round((await pack.stat()).size / 2))
  }
}

for (const [what, next] of [
  ['shared with the next commit', { 'index.html': 'two\n' }],
  ['that the next commit changes a little', 'a line'],
] as const) {
  test(`a corrupt file ${what} is healed in the pass that finds it`, async () => {
    const large = randomBytes(20_000).toString('base64')
    await using own = await createRepository({ files: { 'index.html': 'one\n', large } })
    const root = folder.at(`corrupt-${crypto.randomUUID()}`)
    await using sidecar = startGitSync({ repo: own.url, root })
    await untilPublished(`${root}/site`, await own.resolve())
    await corruptPacks(root)
    const commit = await own.publish(typeof next === 'string' ? { large: large + next } : next)
    await untilPublished(`${root}/site`, commit)
    await expectServes(`${root}/site`, own, commit)
    expect(errorsOf(sidecar)).toEqual([])
    expect(await readdir(`${root}/.quarantine`)).toHaveLength(1)
  })
}

test('a damaged tree whose files are corrupt in the repository is healed at a restart', async () => {
  const large = randomBytes(20_000).toString('base64')
  await using own = await createRepository({ files: { large } })
  const root = folder.at('corrupt-restart')
  await syncOnce({ repo: own.url, root })
  await corruptPacks(root)
  await rm(`${root}/.worktrees`, { recursive: true })
  await expectHealed(root, own)
})

for (const code of [128, 137]) {
  test(`a check that ends with ${code} and no word of damage condemns no repository`, async () => {
    const at = await synced()
    const lines = ['case "$*" in', `*fsck*) echo 'fatal: Out of memory' >&2; exit ${code};;`]
    const git = folder.at(`git-${code}`)
    lines.push("*worktree\\ add*) echo 'fatal: out of luck' >&2; exit 128;; esac", 'exec git "$@"')
    await writeFile(git, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 })
    await rm(at.link)
    const failed = await syncOnce({ repo: repository.url, root: at.root, flags: [`--git=${git}`] })
    expect(failed.errors.join()).toContain('out of luck')
    expect(existsSync(`${at.root}/.quarantine`)).toBe(false)
    await expectHealed(at.root, repository)
  })
}

test('a broken repository is kept aside, and what is served stays until the new one is whole', async () => {
  const at = await synced()
  await rm(`${at.root}/.git/objects`, { recursive: true })
  const before = fingerprint(at.link)
  const away = await syncOnce({ repo: `${repository.url}-away`, root: at.root })
  expect(away.code).toBe(1)
  expect(away.errors).toHaveLength(1)
  expect(fingerprint(at.link)).toEqual(before)
  await expectHealed(at.root, repository)
  expect(await readdir(`${at.root}/.quarantine`)).toHaveLength(1)
})

test('a lost repository takes nothing from readers and probes while the host is away', async () => {
  await using own = await createRepository()
  const away = `${own.path}-away`
  const root = folder.at('lost-packs')
  const link = `${root}/site`
  await syncOnce({ repo: own.url, root })
  const before = fingerprint(link)
  await rename(own.path, away)
  await rm(`${root}/.git/objects/pack`, { recursive: true })
  await using sidecar = startGitSync({ repo: own.url, root, flags: ['--http-bind=127.0.0.1:0'] })
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  await sidecar.line('"failures":2')
  expect((await fetch(`http://${address}/readyz`)).status).toBe(200)
  expect(fingerprint(link)).toEqual(before)
  await rename(away, own.path)
  await until(async () => (await inTree(link, own, 'status', '--porcelain')) === '' || null)
  await expectServes(link, own, await own.resolve())
  expect(sidecar.running).toBe(true)
})

test('a signal and the time limit end the cleaning of one run, and the next run goes on', async () => {
  await using own = await createRepository()
  const root = folder.at('cleaning')
  await syncOnce({ repo: own.url, root })
  await own.publish({ 'index.html': 'two\n' })
  const git = folder.at('git-gc')
  const [began, ended] = [folder.at('gc-began'), folder.at('gc-ended')]
  const lines = [`case "$*" in gc*) echo >>${began}; sleep 60; echo >>${ended};; esac`]
  await writeFile(git, ['#!/bin/sh', ...lines, 'exec git "$@"', ''].join('\n'), { mode: 0o755 })
  const options = { repo: own.url, root, flags: [`--git=${git}`, '--git-gc=always', '--one-time'] }
  await using sidecar = startGitSync(options)
  await until(() => existsSync(began) || null)
  const startedMs = performance.now()
  expect(await sidecar.stop()).toBe(143)
  expect(performance.now() - startedMs).toBeLessThan(3000)
  const limited = await syncOnce({ ...options, flags: [...options.flags, '--sync-timeout=1s'] })
  expect(limited).toMatchObject({ code: 0, errors: [] })
  expect((await readFile(began, 'utf8')).length).toBe(2)
  const flags = ['--git-gc=always', '-v=5']
  expect((await syncOnce({ ...options, flags })).said).toContain('"gc"')
  expect((await syncOnce({ ...options, flags })).said).not.toContain('"gc"')
  expect(existsSync(ended)).toBe(false)
})

rooted.test('a tree that cannot be removed keeps no other, and leaves its name once', async () => {
  await using own = await createRepository()
  const root = folder.at('stuck')
  const first = await own.resolve()
  await syncOnce({ repo: own.url, root })
  const stale = `${root}/.worktrees/${'f'.repeat(40)}`
  await mkdir(`${root}/.worktrees/${first}/cache`)
  await mkdir(stale)
  await own.publish({ 'index.html': 'two\n' })
  // not even root removes the folder where a volume is mounted
  await runChild(['mount', '-t', 'tmpfs', 'tmpfs', `${root}/.worktrees/${first}/cache`])
  const stuck = async (): Promise<string | undefined> =>
    (await readdir(`${root}/.worktrees`)).find((name) => name.endsWith(first))
  const options = { repo: own.url, root, flags: ['--git-gc=always', '-v=5'] }
  try {
    const { code, errors, said } = await syncOnce(options)
    expect(code).toBe(0)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(/EBUSY.*remove it as the user who wrote into it/)
    expect(existsSync(stale)).toBe(false)
    expect(said).toContain('"gc"')
    const name = await stuck()
    expect(name).not.toBe(first)
    const again = await syncOnce(options)
    expect(again.errors).toHaveLength(1)
    expect(again.said).not.toContain('"gc"')
    expect(await stuck()).toBe(name)
  } finally {
    await runChild(['umount', '--lazy', `${root}/.worktrees/${await stuck()}/cache`])
  }
  await expectHealed(root, own)
  expect(await stuck()).toBeUndefined()
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

test('a stopped or slow pass never takes the repository for a broken one', async () => {
  const at = await synced()
  const next = folder.at('slow-git')
  await writeFile(next, '#!/bin/sh\ncase "$*" in *ls-remote*) exec git "$@";; esac\nsleep 60\n', {
    mode: 0o755,
  })
  const flags = [`--git=${next}`, '--sync-timeout=300ms']
  const { code, errors } = await syncOnce({ repo: repository.url, root: at.root, flags })
  expect(code).toBe(1)
  expect(errors.join()).toContain('--sync-timeout 300ms')
  expect(existsSync(`${at.root}/.quarantine`)).toBe(false)
  await expectHealed(at.root, repository)
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
