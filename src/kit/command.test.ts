import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { CommandError, command, howItEnded } from './command.ts'
import { isGone } from './gone-for-tests.ts'

const env = { PATH: process.env.PATH }

test('output, code and signal are told', async () => {
  const finished = await command(['sh', '-c', 'echo out; echo err >&2; exit 3'], { env })
  expect(finished).toMatchObject({
    code: 3,
    signal: null,
    stdout: 'out\n',
    stderr: 'err\n',
    ended: 'by-itself',
  })
  const killed = await command(['sh', '-c', 'kill -9 $$'], { env })
  expect(killed).toMatchObject({ code: null, signal: 'SIGKILL' })
})

test('nothing of our environment is inherited, and the input is empty', async () => {
  const finished = await command(['sh', '-c', 'cat; echo "[$HOME$A]"'], {
    env: { ...env, A: 'b' },
  })
  expect(finished.stdout).toBe('[b]\n')
})

test('a deadline ends the whole group, also children that ignore TERM', async () => {
  const script = 'trap "" TERM; sleep 60 & echo $!; sleep 60'
  const finished = await command(['sh', '-c', script], { env, timeoutMs: 1000, graceMs: 100 })
  expect(finished.ended).toBe('timeout')
  expect(finished.signal).toBe('SIGKILL')
  const grandchild = Number(finished.stdout)
  expect(grandchild).toBeGreaterThan(1)
  expect(await isGone(grandchild)).toBe(true)
})

test('an abort ends it as a deadline does', async () => {
  const stop = new AbortController()
  const running = command(['sleep', '60'], { env, stop: stop.signal })
  stop.abort()
  expect(await running).toMatchObject({ ended: 'stopped', signal: 'SIGTERM' })
  expect(await command(['sleep', '60'], { env, stop: stop.signal })).toMatchObject({
    ended: 'stopped',
    elapsedMs: 0,
  })
})

test('a flood of output is bounded and does not hold the program up', async () => {
  const script = 'echo first; yes x | head -c 3000000; echo last >&2'
  const finished = await command(['sh', '-c', script], { env, maxOutputBytes: 1000 })
  expect(finished.code).toBe(0)
  expect(finished.stdout).toHaveLength(1000)
  expect(finished.stdout).toStartWith('first\n')
  expect(finished.stderr).toBe('last\n')
})

test('of a flood of complaints the end is kept', async () => {
  const script = 'yes x | head -c 3000000 >&2; echo last >&2'
  const { stderr } = await command(['sh', '-c', script], { env })
  expect(stderr).toHaveLength(16_384)
  expect(stderr).toEndWith('x\nlast\n')
})

test('lines of stderr come as they are written, also those that overwrite themselves', async () => {
  const lines: string[] = []
  await command(['sh', '-c', 'printf "a\\rb\\nc\\n" >&2'], {
    env,
    onStderrLine: (line) => void lines.push(line),
  })
  expect(lines).toEqual(['a', 'b', 'c'])
})

test('a background child that keeps the pipes open is not waited for', async () => {
  const finished = await command(['sh', '-c', 'sleep 30 & echo $!'], { env })
  expect(finished.code).toBe(0)
  process.kill(Number(finished.stdout), 'SIGKILL')
})

test('a program that cannot be started is an error that names it, and leaves nothing open', async () => {
  const before = readdirSync('/proc/self/fd').length
  for (let tries = 0; tries < 20; tries++) {
    const starting = command(['/no/such/program'], { env })
    expect(starting).rejects.toThrow('Cannot run /no/such/program')
    expect(starting).rejects.toBeInstanceOf(CommandError)
    await starting.catch(() => {})
    await command(['true'], { env })
  }
  expect(readdirSync('/proc/self/fd').length).toBeLessThan(before + 10)
})

test('a program may open its output again by name', async () => {
  const script = 'echo out > /dev/stdout; echo err > /dev/stderr'
  expect(await command(['sh', '-c', script], { env })).toMatchObject({
    code: 0,
    stdout: 'out\n',
    stderr: 'err\n',
  })
})

test('a time limit of years is no time limit of nothing', async () => {
  const finished = await command(['true'], { env, timeoutMs: 1e12 })
  expect(finished).toMatchObject({ code: 0, ended: 'by-itself' })
})

test('how it ended is one sentence with its last words', async () => {
  const failed = await command(['sh', '-c', 'echo "fatal: no such thing" >&2; exit 1'], { env })
  expect(howItEnded(failed)).toBe('failed: fatal: no such thing')
  expect(howItEnded(await command(['sh', '-c', 'exit 4'], { env }))).toBe('failed with exit code 4')
})

test('a patient program gives way to all others', async () => {
  // Until it was told so.
  const wait = 'while test "$(nice)" != 19; do :; done; nice'
  const patient = await command(['sh', '-c', wait], { env, isPatient: true, timeoutMs: 5000 })
  expect(patient.stdout).toBe('19\n')
  expect((await command(['nice'], { env })).stdout).not.toBe('19\n')
})
