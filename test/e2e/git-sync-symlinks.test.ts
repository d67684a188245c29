import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { type Changes, createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, syncOnce } from './git-sync-run.ts'
import { untilTold } from './publish-run.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('symlinks')
afterAll(() => folder.remove())
let roots = 0
const newRoot = (): string => folder.at(`root-${roots++}`)
const link = (target: string): { readonly link: string } => ({ link: target })

test('a commit with a link that leaves the tree is not published', async () => {
  await using repository = await createRepository({ files: { a: '1\n', in: link('a') } })
  const root = newRoot()
  const errorFile = folder.at('error.json')
  const flags = [
    '--symlinks=inside',
    '--max-failures=1',
    `--error-file=${errorFile}`,
    '--verbose=1',
  ]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilTold(sidecar, first)
  const bad = await repository.publish({ a: '2\n', 'd/out': link('../../etc/passwd') })
  await until(() => existsSync(errorFile) || null)
  const message = `Cannot publish commit ${bad}: its link "d/out" leads to "../../etc/passwd", out of what is published; remove it there or change --symlinks`
  expect(sidecar.log().findLast(({ error }) => error !== undefined)?.error).toBe(message)
  // many polls later: told once, nothing was built again, and the old commit is served
  const tries = () =>
    sidecar.log().filter(({ msg }) => msg === 'waiting before the next try').length > 5 || null
  await until(tries)
  expect(errorsOf(sidecar)).toHaveLength(1)
  expect(existsSync(errorFile)).toBe(true)
  expect(readFileSync(`${root}/site/a`, 'utf8')).toBe('1\n')
  const good = await repository.publish({ a: '3\n', 'd/out': link('../a') })
  await untilTold(sidecar, good)
  await until(() => !existsSync(errorFile) || null)
  expect(readFileSync(`${root}/site/d/out`, 'utf8')).toBe('3\n')
  expect(readdirSync(`${root}/.worktrees`)).toContain(good)
})

const inside: Changes = {
  ...{ a: '1\n', 'd/e/f': '1\n', one: link('d/e/f'), 'd/up': link('../a'), dot: link('.') },
  ...{ folder: link('d/e'), 'd/through': link('../folder/f'), missing: link('nowhere/at/all') },
  ...{ round: link('and-round'), 'and-round': link('round'), 'd/e/top': link('../..') },
  ...{ 'by-folder': link('folder/../up'), slashes: link('d//e/./f'), 'x y\n"z"': link('a') },
}

const leaving: readonly (readonly [what: string, changes: Changes, named: string])[] = [
  ['an absolute path', { l: link('/etc/passwd') }, '"l" leads to "/etc/passwd"'],
  ['one above the top', { 'd/l': link('../../x') }, '"d/l" leads to "../../x"'],
  ['out and in again', { l: link('../site/a') }, '"l" leads to "../site/a"'],
  [
    'above by way of a link',
    { d: link('e/f'), l: link('d/../../../x'), 'e/f/g': '1' },
    '"l" leads',
  ],
  ['to a link that leaves', { a: link('b'), b: link('/etc') }, '"a" leads to "b"'],
  ['a link that leaves on the way', { b: link('/etc'), 'd/a': link('../b/x') }, '"b" leads'],
]

test('links that stay in the tree are published, whatever way they go', async () => {
  await using repository = await createRepository({ files: inside })
  const flags = ['--symlinks=inside']
  expect(await syncOnce({ repo: repository.url, root: newRoot(), flags })).toMatchObject({
    ...{ code: 0, errors: [] },
  })
})

test.each(leaving)('a link that leaves: %s', async (_, changes, named) => {
  await using repository = await createRepository({ files: changes })
  const root = newRoot()
  const flags = ['--symlinks=inside']
  const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
  expect(code).toBe(1)
  expect(errors.join()).toContain(JSON.stringify(named).slice(1, -1))
  expect(existsSync(`${root}/site`)).toBe(false)
  expect(readdirSync(`${root}/.worktrees`)).toEqual([])
  expect(await syncOnce({ repo: repository.url, root })).toMatchObject({ code: 0, errors: [] })
})

test('links of submodules count, from the top of all', async () => {
  await using library = await createRepository({ files: { 'lib/up': link('../../top') } })
  await using repository = await createRepository({ files: { top: '1\n' } })
  await repository.git('submodule', 'add', '--quiet', library.path, 'deep/sub')
  await repository.publish({})
  const root = newRoot()
  const flags = ['--symlinks=inside', '--git-config=protocol.file.allow:always']
  expect(await syncOnce({ repo: repository.path, root, flags })).toMatchObject({
    ...{ code: 0, errors: [] },
  })
  await library.publish({ 'lib/up': link('../../../../top') })
  await repository.git('submodule', 'update', '--quiet', '--remote')
  await repository.publish({})
  const { code, errors } = await syncOnce({ repo: repository.path, root, flags })
  expect(code).toBe(1)
  expect(errors.join()).toContain('its link \\"deep/sub/lib/up\\" leads to')
  expect(readFileSync(`${root}/site/top`, 'utf8')).toBe('1\n')
})

test('with --subdir a link may not leave the folder that is published', async () => {
  const files = { shared: '1\n', 'web/a': '1\n', 'web/up': link('../shared'), out: link('/etc') }
  await using repository = await createRepository({ files })
  const flags = ['--symlinks=inside', '--subdir=web']
  const { code, errors } = await syncOnce({ repo: repository.url, root: newRoot(), flags })
  expect(code).toBe(1)
  expect(errors.join()).toContain('its link \\"up\\" leads to')
  await repository.publish({ 'web/up': link('a') })
  const root = newRoot()
  expect(await syncOnce({ repo: repository.url, root, flags })).toMatchObject({ code: 0 })
})

test('--symlinks=refuse takes no link at all, and keep takes each', async () => {
  await using repository = await createRepository({ files: { a: '1\n', l: link('a') } })
  const refused = await syncOnce({
    ...{ repo: repository.url, root: newRoot(), flags: ['--symlinks=refuse'] },
  })
  expect(refused.code).toBe(1)
  expect(refused.errors.join()).toContain('its link \\"l\\" leads to \\"a\\"; remove it')
  await repository.publish({ l: link('/nowhere') })
  const kept = await syncOnce({ repo: repository.url, root: newRoot() })
  expect(kept).toMatchObject({ code: 0, errors: [] })
})
