import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { chmod, chown, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { errorsOf, expectServes, startGitSync, syncOnce } from './git-sync-run.ts'
import { scriptsIn } from './hook-scripts.ts'
import { untilTold } from './publish-run.ts'

setDefaultTimeout(60_000)
const { test } = needs('root')

const folder = temporaryFolder('gate-changes')
afterAll(() => folder.remove())
const { path, script } = scriptsIn(folder)

const nobody = 65_534
/** Folders that may not be written are nothing to root. */
const asNobody = `setpriv --reuid=${nobody} --regid=${nobody} --clear-groups`

/** The repository is of root. */
const readsOthers = ['--git-config=safe.directory:*']

const victim = folder.at('victim')

const gates: Readonly<Record<string, readonly string[]>> = {
  'leaves folders that nobody may write': [
    'mkdir -p cache/deep; touch cache/deep/x; chmod 555 cache/deep; chmod 000 cache',
  ],
  'lets nobody into the tree': ['chmod 000 d a .'],
  'removes the tree': ['rm -rf "$PWD"'],
  'puts a link in place of the tree': ['rm -rf "$PWD"', `ln -s ${victim} "$PWD"`],
  'makes another repository of it': ['rm .git a; git init --quiet .'],
  'leaves a lock': ['touch "$(git rev-parse --git-dir)/index.lock"; rm a'],
  'leaves a name that is no UTF-8': ['touch "$(printf \'bad\\377\')"; rm a'],
  'makes the tree sparse': ['git sparse-checkout set --no-cone /d'],
  'removes what git knows of it': ['rm -rf "$(git rev-parse --git-dir)"; rm a'],
}

test.each(Object.keys(gates))('a gate that %s changes nothing that is served', async (name) => {
  await using repository = await createRepository({ files: { a: '1\n', 'd/b': '1\n' } })
  for (const at of [folder.path, dirname(repository.path)]) await chmod(at, 0o755)
  await mkdir(victim, { recursive: true })
  await chmod(victim, 0o777)
  const gate = await script(...(gates[name] ?? []))
  const root = path('root')
  await mkdir(root)
  await chown(root, nobody, nobody)
  const executable = await script(`exec ${asNobody} ${usual.join(' ')} "$@"`)
  await using sidecar = startGitSync({
    ...{ repo: repository.url, root, executable },
    flags: [`--gate-command=${gate}`, ...readsOthers],
    env: { HOME: root },
  })
  const first = await repository.resolve()
  await untilTold(sidecar, first)
  await expectServes(`${root}/site`, repository, first)
  const second = await repository.publish({ a: '2\n' })
  await untilTold(sidecar, second)
  await expectServes(`${root}/site`, repository, second)
  expect(readdirSync(victim)).toEqual([])
  expect(await sidecar.stop()).toBe(143)
  expect(errorsOf(sidecar)).toEqual([])
  expect(readlinkSync(`${root}/site`)).toEndWith(second)
})

test('what an earlier process was building is removed, whatever rights it has', async () => {
  await using repository = await createRepository()
  const root = path('root')
  await mkdir(root)
  await chown(root, nobody, nobody)
  for (const at of [folder.path, dirname(repository.path)]) await chmod(at, 0o755)
  const executable = await script(`exec ${asNobody} ${usual.join(' ')} "$@"`)
  const options = {
    repo: repository.url,
    root,
    executable,
    env: { HOME: root },
    flags: readsOthers,
  }
  expect(await syncOnce(options)).toMatchObject({ code: 0 })
  const left = `${root}/.worktrees/new-0123456789ab`
  for (const at of [left, `${left}/deep`, `${left}/deep/er`]) await mkdir(at)
  for (const at of [`${left}/deep/er`, `${left}/deep`, left]) {
    await chown(at, nobody, nobody)
    await chmod(at, 0o500)
  }
  expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
  expect(existsSync(left)).toBe(false)
})
