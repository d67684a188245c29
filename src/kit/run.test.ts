import { expect, test } from 'bun:test'
import { isGone } from './gone-for-tests.ts'

/** A program of one option whose daemon is the text given; it says `ready` on its output. */
async function start(daemon: string) {
  const source = `
    import { command } from './command.ts'
    import { defineOptions } from './options.ts'
    import { run } from './run.ts'
    const options = defineOptions({ program: 'demo', summary: 'waits', dialect: 'pflag', options: {} })
    process.exitCode = await run({ options, daemon: async (world) => { ${daemon} } })
  `
  const child = Bun.spawn([process.execPath, '-e', source], {
    cwd: import.meta.dir,
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const reader = child.stdout.getReader()
  const { value } = await reader.read()
  return { child, said: new TextDecoder().decode(value).trim() }
}

test('the first signal lets the daemon finish, and the exit code tells the signal', async () => {
  const { child } = await start(`
    world.stdout('ready')
    await new Promise((done) => world.stop.addEventListener('abort', done))
    world.log.info('finished')
    return 0
  `)
  child.kill('SIGTERM')
  expect(await child.exited).toBe(143)
  const lines = (await child.stderr.text()).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['stopping', 'finished'])
})

test('a signal that is a good end leaves the exit code to the daemon, another does not', async () => {
  for (const [signal, code] of [
    ['SIGINT', 0],
    ['SIGTERM', 143],
  ] as const) {
    const { child } = await start(`
      world.endsWellBy(2)
      world.stdout('ready')
      await new Promise((done) => world.stop.addEventListener('abort', done))
      return 0
    `)
    child.kill(signal)
    expect(await child.exited).toBe(code)
  }
})

test('the second signal insists, and ends what the daemon started', async () => {
  const { child, said } = await start(`
    const env = { PATH: process.env.PATH }
    void command(['sh', '-c', 'trap "" TERM; sleep 60'], { env })
    world.stdout('ready ' + (await Bun.file('/proc/self/task/' + world.pid + '/children').text()))
    await new Promise(() => setInterval(() => {}, 1000))
  `)
  const started = Number(said.split(' ')[1])
  expect(started).toBeGreaterThan(1)
  child.kill('SIGINT')
  await child.stderr.getReader().read() // "stopping"
  expect(child.exitCode).toBeNull()
  child.kill('SIGINT')
  expect(await child.exited).toBe(130)
  expect(await isGone(started)).toBe(true)
})

test('an error of the daemon is one line and exit code 1', async () => {
  const { child } = await start(`
    world.stdout('ready')
    throw new Error('Cannot go on: it is late', { cause: new Error('midnight') })
  `)
  expect(await child.exited).toBe(1)
  const lines = (await child.stderr.text()).trimEnd().split('\n')
  expect(lines).toHaveLength(1)
  const record = JSON.parse(lines[0] ?? '')
  expect(record).toMatchObject({ msg: 'ending', error: 'Cannot go on: it is late: midnight' })
})

test('handles that a daemon leaves open do not hold the exit up', async () => {
  const { child } = await start(`
    world.stdout('ready')
    setInterval(() => {}, 1000)
    return 2
  `)
  expect(await child.exited).toBe(2)
})
