import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { isGone } from '#kit/gone-for-tests.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  expectServes,
  inTree,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'
import { linesOf, scriptsIn, untilLines, withMetrics } from './hook-scripts.ts'
import { expectFiles, modes, untilTold } from './publish-run.ts'
import { wholeOf } from './spare-checkout.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('gate')
afterAll(() => folder.remove())
const { path, script } = scriptsIn(folder)

/** Waits until so many more tries have failed. */
function untilTried(sidecar: Sidecar, more: number): Promise<true> {
  const tries = (): number =>
    sidecar.log().filter(({ msg }) => msg === 'waiting before the next try').length
  const before = tries()
  return until(() => tries() >= before + more || null, { timeoutMs: 20_000 })
}

/** A gate that notes for which commit it was asked, and refuses each tree that has the file `bad`. */
async function notingGate() {
  const asked = path('asked')
  const gate = await script(
    `echo "$GITSYNC_HASH" >>${asked}`,
    'test ! -e bad || { echo "bad is there" >&2; exit 3; }',
  )
  return { asked, gate, flag: `--gate-command=${gate}` }
}

test('a commit that the gate refuses is not served, and the next one is asked about', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const { asked, gate, flag } = await notingGate()
  const [root, errorFile] = [path('root'), path('error.json')]
  const flags = [flag, '--max-failures=1', `--error-file=${errorFile}`, '--verbose=1']
  await using sidecar = startGitSync({
    repo: repository.url,
    root,
    flags: [...flags, ...withMetrics],
  })
  const first = await repository.resolve()
  await untilTold(sidecar, first)
  const bad = await repository.publish({ a: '2\n', bad: '' })
  await until(() => existsSync(errorFile) || null)
  const message = `Cannot publish commit ${bad}: --gate-command ${gate} refused it with exit code 3: bad is there; push another commit, or restart git-sync to ask again`
  expect(JSON.parse(readFileSync(errorFile, 'utf8')).Err).toBe(message)
  // many polls later: asked once, told once, and the old commit is served
  await untilTried(sidecar, 5)
  expect(await linesOf(asked)).toEqual([first, bad])
  const told = sidecar.log().filter(({ msg }) => msg === 'commit refused')
  expect(told).toMatchObject([{ error: message, stderr: 'bad is there\n' }])
  await expectServes(`${root}/site`, repository, first)
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  const metrics = await (await fetch(`http://${address}/metrics`)).text()
  expect(metrics).toContain('git_sync_refused_commits_total{by="gate"} 1\n')
  const good = await repository.publish({ a: '3\n', bad: null })
  await untilTold(sidecar, good)
  await until(() => !existsSync(errorFile) || null)
  expect(await linesOf(asked)).toEqual([first, bad, good])
  await expectServes(`${root}/site`, repository, good)
})

test('a restart asks about a refused commit again, and not about the one that is served', async () => {
  await using repository = await createRepository()
  const { asked, flag } = await notingGate()
  const options = { repo: repository.url, root: path('root'), flags: [flag] }
  expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
  expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
  const first = await repository.resolve()
  expect(await linesOf(asked)).toEqual([first])
  const bad = await repository.publish({ bad: '' })
  for (const times of [1, 2]) {
    const { code, errors } = await syncOnce(options)
    expect(code).toBe(1)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain(`Cannot publish commit ${bad}: --gate-command`)
    expect(await linesOf(asked)).toHaveLength(1 + times)
    await expectServes(`${options.root}/site`, repository, first)
  }
  await repository.publish({ bad: null })
  expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
})

test('without anything served a refused first commit is a failure like others', async () => {
  await using repository = await createRepository({ files: { bad: '' } })
  const { flag } = await notingGate()
  const root = path('root')
  await using sidecar = startGitSync({ repo: repository.url, root, flags: [flag] })
  expect(await sidecar.exited).toBe(1)
  expect(errorsOf(sidecar)).toHaveLength(1)
  expect(existsSync(`${root}/site`)).toBe(false)
  expect(readdirSync(`${root}/.worktrees`)).toEqual([])
})

test('the gate gets its arguments as they were given, and no secret', async () => {
  await using repository = await createRepository()
  const seen = path('seen')
  const gate = await script(
    `printf '%s\\0' "$@" >${seen}-arguments`,
    `env >${seen}-environment`,
    `cat /proc/$PPID/environ >${seen}-parents 2>/dev/null`,
    `pwd >${seen}-folder; cat index.html >>${seen}-folder`,
  )
  const given = ['two words', '', "it's", '$HOME', '--flag', '-']
  const flags = [`--gate-command=${gate}`, ...given.map((arg) => `--gate-arg=${arg}`)]
  const secrets = { GITSYNC_PASSWORD: 'hidden-word', GITSYNC_USERNAME: 'ada' }
  const env = { ...secrets, GITSYNC_REF: 'main', GITSYNC_PREVIOUS_HASH: 'inherited' }
  const options = { repo: repository.url, root: path('root'), env, flags }
  const first = await repository.resolve()
  const told = async () => {
    expect(await syncOnce(options)).toMatchObject({ code: 0, errors: [] })
    const lines = await linesOf(`${seen}-environment`)
    expect(lines.join('\n')).not.toContain('hidden-word')
    return lines.filter((line) => /^GITSYNC_(HASH|PREVIOUS_HASH|REF)=/.test(line)).toSorted()
  }
  expect(await told()).toEqual([
    ...[`GITSYNC_HASH=${first}`, 'GITSYNC_PREVIOUS_HASH=', 'GITSYNC_REF=main'],
  ])
  expect(readFileSync(`${seen}-arguments`, 'utf8').split('\0').slice(0, -1)).toEqual(given)
  const [where, content] = await linesOf(`${seen}-folder`)
  expect(where).toStartWith(`${options.root}/.worktrees/new-`)
  expect(content).toBe('one')
  const second = await repository.publish({ a: '2\n' })
  expect(await told()).toEqual([
    ...[`GITSYNC_HASH=${second}`, `GITSYNC_PREVIOUS_HASH=${first}`, 'GITSYNC_REF=main'],
  ])
})

test('a gate that hangs is ended with all that it started, and asked again', async () => {
  await using repository = await createRepository()
  const [root, hangs, pids] = [path('root'), path('hangs'), path('pids')]
  const gate = await script(
    `test -e ${hangs} || exit 0`,
    // of two who do not hear TERM one is left behind
    `trap '' TERM; sleep 300 & echo $! >>${pids}; echo $$ >>${pids}`,
    'while :; do sleep 0.1; done',
  )
  const flags = [`--gate-command=${gate}`, '--gate-timeout=1s']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilTold(sidecar, first)
  await writeFile(hangs, '')
  const next = await repository.publish({ a: '2\n' })
  // asked twice: it was no refusal
  const asked = await untilLines(pids, 4)
  const failed = sidecar.log().filter(({ msg }) => msg === 'sync failed')
  expect(failed[0]?.error).toMatch(
    new RegExp(`^Cannot publish commit ${next}: --gate-command \\S+ ran into its time limit`),
  )
  expect(failed[0]?.advice).toContain('it is asked again')
  for (const pid of asked.slice(0, 2)) expect(await isGone(Number(pid))).toBe(true)
  await expectServes(`${root}/site`, repository, first)
  await rm(hangs)
  await untilPublished(`${root}/site`, next)
})

test('a gate that cannot tell yet, breaks or is not there is asked again', async () => {
  await using repository = await createRepository()
  const [root, way, gate] = [path('root'), path('way'), path('gate')]
  const lines = ['#!/bin/sh', `. ${way}`, '']
  await writeFile(gate, lines.join('\n'), { mode: 0o755 })
  await writeFile(way, 'exit 0')
  const flags = [`--gate-command=${gate}`]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilTold(sidecar, await repository.resolve())
  const ways = [
    ['exit 75', 'has no answer yet (exit code 75)'],
    ['kill -9 $$', 'was ended by SIGKILL'],
  ] as const
  for (const [what, said] of ways) {
    await writeFile(way, what)
    const commit = await repository.publish({ a: `${what}\n` })
    const told = () =>
      sidecar.log().some(({ error }) => error?.includes(commit) && error.includes(said)) || null
    await until(told)
    await writeFile(way, 'exit 0')
    await untilTold(sidecar, commit)
  }
  await rm(gate)
  const commit = await repository.publish({ a: 'without\n' })
  const missing = () =>
    sidecar.log().some(({ error }) => error?.includes(`Cannot run ${gate}`)) || null
  await until(missing)
  await writeFile(gate, lines.join('\n'), { mode: 0o755 })
  await untilTold(sidecar, commit)
})

test('what the gate does to the tree, and leaves running, is not served', async () => {
  await using library = await createRepository({ files: { lib: '1\n' } })
  await using repository = await createRepository({ files: { a: '1\n', 'd/b': '1\n' } })
  await repository.git('submodule', 'add', '--quiet', library.path, 'sub')
  await repository.publish({})
  const pid = path('pid')
  const gate = await script(
    'echo more >a; rm -r d; echo new >new; mkdir -p deep/er; touch deep/er/x; chmod 777 sub',
    'echo more >sub/lib; ln -sf /etc/passwd sub/link; git add --all >/dev/null 2>&1',
    `sleep 300 & echo $! >${pid}`,
  )
  const config = '--git-config=protocol.file.allow:always'
  const root = path('root')
  const flags = [`--gate-command=${gate}`, config]
  expect(await syncOnce({ repo: repository.path, root, flags })).toMatchObject({
    ...{ code: 0, errors: [] },
  })
  expect(await isGone(Number(readFileSync(pid, 'utf8')))).toBe(true)
  const plain = { repo: repository.path, root: path('plain'), flags: [config] }
  expect(await syncOnce(plain)).toMatchObject({ code: 0 })
  expectFiles(`${root}/site`, wholeOf(`${plain.root}/site/`))
  expect(await inTree(`${root}/site`, repository, 'status', '--porcelain')).toBe('')
})

test.each(modes)('a refused commit is not seen with --publish=%s', async (mode) => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const { flag } = await notingGate()
  const root = path('root')
  const flags = [flag, `--publish=${mode}`]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilTold(sidecar, await repository.resolve())
  await repository.publish({ a: '2\n', bad: '' })
  await sidecar.line('commit refused')
  expect(readFileSync(`${root}/site/a`, 'utf8')).toBe('1\n')
  await untilTold(sidecar, await repository.publish({ a: '3\n', bad: null }))
  expect(readFileSync(`${root}/site/a`, 'utf8')).toBe('3\n')
})

test('a damaged tree is built again from the last commit that the gate agreed to', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const { flag } = await notingGate()
  const root = path('root')
  await using sidecar = startGitSync({ repo: repository.url, root, flags: [flag] })
  const first = await repository.resolve()
  await untilTold(sidecar, first)
  await repository.publish({ a: '2\n', bad: '' })
  await sidecar.line('commit refused')
  await rm(`${root}/.worktrees/${first}`, { recursive: true })
  await until(async () => {
    await expectServes(`${root}/site`, repository, first)
    return true
  })
})

test('a gate ends with git-sync, and with a sync that runs into its limit', async () => {
  await using repository = await createRepository()
  const [root, hangs, pids] = [path('root'), path('hangs'), path('pids')]
  const gate = await script(`test -e ${hangs} || exit 0`, `echo $$ >>${pids}; exec sleep 300`)
  const flags = [`--gate-command=${gate}`, '--sync-timeout=2s']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilTold(sidecar, first)
  await writeFile(hangs, '')
  await repository.publish({ a: '2\n' })
  const [late] = await untilLines(pids, 1)
  await sidecar.line('The sync ran into --sync-timeout 2s')
  expect(await isGone(Number(late))).toBe(true)
  const [, running] = await untilLines(pids, 2)
  sidecar.signal('SIGTERM')
  expect(await sidecar.exited).toBe(143)
  expect(await isGone(Number(running))).toBe(true)
  await expectServes(`${root}/site`, repository, first)
})
