import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, syncOnce, untilPublished } from './git-sync-run.ts'
import { hookRuns, linesOf, scriptsIn, untilLines, untilTold, withMetrics } from './hook-scripts.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('hooks-told')
afterAll(() => folder.remove())
const { path, script } = scriptsIn(folder)

test('runs of both exechooks are counted under their names', async () => {
  await using repository = await createRepository()
  const failing = await script(`[ -e ${path('never')} ]`)
  const flags = [
    `--exechook-command=${await script('exit 0')}`,
    `--pre-publish-exechook-command=${failing}`,
    ...withMetrics,
  ]
  await using sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
  await sidecar.line('ran the exechook')
  await sidecar.line('pre-publish-exechook failed')
  expect(await hookRuns(sidecar)).toEqual({
    'exechook success': 1,
    'pre-publish-exechook error': 1,
  })
})

test('what an exechook says is in the line that tells how it ended, and a quiet one adds nothing', async () => {
  await using repository = await createRepository()
  const says = ['echo to stdout', 'echo to stderr >&2']
  const lineOf = async (msg: string, ...lines: readonly string[]) => {
    const flags = [`--exechook-command=${await script(...lines)}`, '--one-time']
    const sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
    await sidecar.exited
    return sidecar.log().find((line) => line.msg === msg)
  }
  const good = await lineOf('ran the exechook', ...says)
  const bad = await lineOf('exechook failed', ...says, 'exit 3')
  const said = { stdout: 'to stdout\n', stderr: 'to stderr\n' }
  expect(good).toMatchObject({ level: 0, ...said })
  expect(bad).toMatchObject(said)
  expect(bad?.error).toContain('failed: to stderr')
  const quiet = await lineOf('ran the exechook', 'echo', 'echo " " >&2')
  expect(Object.keys(quiet ?? {})).toEqual(['ts', 'level', 'msg', 'commit', 'ms'])
})

test('a flood of output is read to its end, and no line of the log grows with it', async () => {
  await using repository = await createRepository()
  const flood = 'head -c 50000000 /dev/zero | tr "\\0" x'
  const hook = await script(flood, `${flood} >&2`, 'echo >&2; echo the end >&2')
  const flags = [`--exechook-command=${hook}`]
  const sidecar = startGitSync({
    repo: repository.url,
    root: path('root'),
    flags: [...flags, '--one-time'],
  })
  expect(await sidecar.exited).toBe(0)
  const said = sidecar.log().find(({ msg }) => msg === 'ran the exechook')
  expect(said?.stdout).toBe(`${'x'.repeat(4096)}…`)
  expect(String(said?.stderr)).toHaveLength(4097)
  expect(String(said?.stderr)).toStartWith('…x')
  expect(String(said?.stderr)).toEndWith('x\nthe end\n')
})

test('a storm of commits runs a slow hook one at a time, and at last for the newest', async () => {
  await using repository = await createRepository()
  const [root, seen, busy, gate] = [path('root'), path('seen'), path('busy'), path('gate')]
  const hook = await script(
    `mkdir ${busy} || { echo two at once >>${seen}; exit 0; }`,
    `echo $GITSYNC_HASH >>${seen}`,
    `while [ ! -e ${gate} ]; do sleep 0.05; done`,
    `rmdir ${busy}`,
  )
  const flags = [`--exechook-command=${hook}`, '--period=10ms', ...withMetrics]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  const first = await repository.resolve()
  await untilLines(seen, 1)
  for (let change = 0; change < 30; change++) await repository.publish({ a: `${change}\n` })
  const newest = await repository.resolve()
  await untilTold(sidecar, newest)
  await writeFile(gate, '')
  await untilLines(seen, 2)
  // it wrote its line a moment before its end
  const ended = () => sidecar.log().filter(({ msg }) => msg === 'ran the exechook').length
  await until(() => ended() === 2 || null)
  expect(await linesOf(seen)).toEqual([first, newest])
  expect(await hookRuns(sidecar)).toEqual({ 'exechook success': 2 })
  expect(errorsOf(sidecar)).toEqual([])
})

test('a hook that cannot be started is an error that names it, and the sync goes on', async () => {
  await using repository = await createRepository()
  const root = path('root')
  const plain = path('plain')
  await writeFile(plain, 'not executable')
  for (const hook of ['/nowhere/hook', plain, 'no-such-hook-on-the-path']) {
    const flags = [`--exechook-command=${hook}`]
    const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
    expect({ code, errors: errors.length }).toEqual({ code: 1, errors: 1 })
    expect(errors[0]).toContain(`Cannot run ${hook}: `)
    expect(errors[0]).toContain('is it there and executable?')
  }
  await untilPublished(`${root}/site`, await repository.resolve())
})
