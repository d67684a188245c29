import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'
import { linesOf, scriptsIn, untilLines } from './hook-scripts.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('hooks-trees')
afterAll(() => folder.remove())
const { path, script } = scriptsIn(folder)

const kinds = ['exechook', 'pre-publish-exechook'] as const
const asRoot = needs('root')

const usesGit = [
  'git log -1 --format=%H',
  'git -C . rev-parse HEAD',
  'git rev-parse --show-toplevel',
  'git status --porcelain',
]

test('git works in a hook as in any clone', async () => {
  await using repository = await createRepository()
  const commit = await repository.resolve()
  for (const kind of kinds) {
    const [root, seen] = [path('root'), path('seen')]
    const hook = await script('set -e', `exec >${seen}`, ...usesGit)
    const flags = [`--${kind}-command=${hook}`]
    const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
    expect({ code, errors }).toEqual({ code: 0, errors: [] })
    expect(await linesOf(seen)).toEqual([commit, commit, `${root}/.worktrees/${commit}`])
  }
})

asRoot.test('git works in a hook of any user, and in a tree that another user made', async () => {
  await using repository = await createRepository()
  await chmod(folder.path, 0o755)
  await chmod(dirname(repository.path), 0o755)
  const commit = await repository.resolve()
  const open = path('open')
  await mkdir(open)
  await chown(open, 65533, 65533)
  const [root, seen] = [`${open}/root`, `${open}/seen`]
  const hook = await script('set -e', `exec >${seen}`, 'id -u', ...usesGit)
  const program = `setpriv --reuid=65533 --regid=65533 --clear-groups ${usual.join(' ')}`
  const executable = await script(`exec ${program} "$@"`)
  const options = { repo: repository.url, root, flags: [`--exechook-command=${hook}`] }
  const place = `${root}/.worktrees/${commit}`
  const other = await syncOnce({ ...options, executable, env: { HOME: undefined } })
  expect(other).toMatchObject({ code: 0, errors: [] })
  expect(await linesOf(seen)).toEqual(['65533', commit, commit, place])
  const root0 = await syncOnce(options)
  expect(root0).toMatchObject({ code: 0, errors: [] })
  expect(await linesOf(seen)).toEqual(['0', commit, commit, place])
})

test('what a hook leaves running holds neither its end nor the root', async () => {
  await using repository = await createRepository()
  const [root, pid] = [path('root'), path('pid')]
  const hook = await script('sleep 62 &', `echo $! >${pid}`)
  const flags = [`--exechook-command=${hook}`]
  const repo = repository.url
  expect((await syncOnce({ repo, root, flags })).code).toBe(0)
  const left = Number(await readFile(pid, 'utf8'))
  expect(process.kill(left, 0)).toBe(true)
  const { code, said } = await syncOnce({ repo, root })
  process.kill(left)
  expect(code).toBe(0)
  expect(said).not.toContain('waiting for another git-sync')
})

test('a tree that is built again does not run the hooks of its commit again', async () => {
  await using repository = await createRepository()
  const [root, seen] = [path('root'), path('seen')]
  const record = await script(`echo $GITSYNC_HASH >>${seen}`)
  const flags = kinds.map((kind) => `--${kind}-command=${record}`)
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilLines(seen, 2)
  await rm(`${root}/.worktrees/${first}`, { recursive: true })
  await until(() => sidecar.log().filter(({ msg }) => msg === 'published').length === 2 || null)
  const second = await repository.publish({ a: '2\n' })
  await untilLines(seen, 4)
  expect(await linesOf(seen)).toEqual([first, first, second, second])
})

test('a tree of the same commit with other files is told to all hooks', async () => {
  await using repository = await createRepository({ files: { a: '1\n', b: '1\n' } })
  const [root, seen, patterns] = [path('root'), path('seen'), path('patterns')]
  const commit = await repository.resolve()
  const record = await script(`echo "$GITSYNC_HASH $(echo *)" >>${seen}`)
  await writeFile(patterns, '/a\n')
  const flags = [
    ...kinds.map((kind) => `--${kind}-command=${record}`),
    `--sparse-checkout-file=${patterns}`,
  ]
  await using _sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilLines(seen, 2)
  await writeFile(patterns, '/b\n')
  await untilLines(seen, 4)
  const told = ['a', 'a', 'b', 'b'].map((files) => `${commit} ${files}`)
  expect(await linesOf(seen)).toEqual(told)
})

test('a tree in which a hook runs stays until the hook has ended', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const [root, seen, gate] = [path('root'), path('seen'), path('gate')]
  const hook = await script(
    `while [ ! -e ${gate} ]; do sleep 0.05; done`,
    `echo $GITSYNC_HASH $(cat a) $(git log -1 --format=%H) >>${seen}`,
  )
  const flags = [`--exechook-command=${hook}`]
  await using _sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilPublished(`${root}/site`, first)
  const second = await repository.publish({ a: '2\n' })
  await untilPublished(`${root}/site`, second)
  const third = await repository.publish({ a: '3\n' })
  await untilPublished(`${root}/site`, third)
  // its grace ends last, and nobody works in it
  await until(() => !existsSync(`${root}/.worktrees/${second}`) || null, { timeoutMs: 20_000 })
  expect(existsSync(`${root}/.worktrees/${first}`)).toBe(true)
  await writeFile(gate, '')
  expect((await untilLines(seen, 2))[0]).toBe(`${first} 1 ${first}`)
  await until(() => !existsSync(`${root}/.worktrees/${first}`) || null)
})

test('what is published is told, although what is noted of it cannot be written', async () => {
  await using repository = await createRepository()
  const [root, seen] = [path('root'), path('seen')]
  const options = { repo: repository.url, root }
  await syncOnce(options)
  await rm(`${root}/.git/sync-depth`)
  await mkdir(`${root}/.git/sync-depth`)
  const next = await repository.publish({ a: '2\n' })
  const hook = `--exechook-command=${await script(`echo $GITSYNC_HASH >>${seen}`)}`
  expect(await syncOnce({ ...options, flags: [hook] })).toMatchObject({ code: 0, errors: [] })
  expect(await linesOf(seen)).toEqual([next])
})
