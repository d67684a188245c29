import { expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { createQuiet, type QuietOptions } from './quiet.ts'

const nothing = { leftTrees: 0, nextInMs: null, complaints: [] }

/** Quiet work that writes down what is done and what is logged. */
function recorded(changed: Partial<QuietOptions> = {}) {
  const done: string[] = []
  const said: string[] = []
  const quiet = createQuiet({
    sweepTrees: async () => nothing,
    repositoryWasLeft: async () => false,
    sweepRepository: async () => void done.push('repository'),
    clock: systemClock,
    log: createLog({ verbosity: 0, clock: systemClock, write: (line) => said.push(line) }),
    ...changed,
  })
  return { quiet, done, said }
}

const never = new AbortController().signal

test('the repository has its turn after trees were removed, also by an earlier process', async () => {
  const idle = recorded()
  await idle.quiet.whole(never, 1000)
  expect(idle.done).toEqual([])
  const removed = recorded({ sweepTrees: async () => ({ ...nothing, leftTrees: 1 }) })
  await removed.quiet.whole(never, 1000)
  expect(removed.done).toEqual(['repository'])
  const left = recorded({ repositoryWasLeft: async () => true })
  await left.quiet.whole(never, 1000)
  await left.quiet.whole(never, 1000)
  expect(left.done).toEqual(['repository'])
})

test('a tree that cannot go holds nothing else up and is told of once', async () => {
  let complaints = ['Cannot remove a tree: EACCES']
  const { quiet, done, said } = recorded({
    sweepTrees: async () => ({ leftTrees: 1, nextInMs: null, complaints }),
  })
  for (let round = 0; round < 3; round++) await quiet.whole(never, 1000)
  expect(done).toHaveLength(3)
  expect(said).toHaveLength(1)
  expect(said[0]).toContain('EACCES')
  // gone and back: that is news
  complaints = []
  await quiet.whole(never, 1000)
  complaints = ['Cannot remove a tree: EACCES']
  await quiet.whole(never, 1000)
  expect(said).toHaveLength(2)
})

for (const [what, limitMs, stopAfterMs] of [
  ['its limit', 30, 60_000],
  ['a stop', 60_000, 30],
] as const) {
  test(`${what} ends the cleaning of one run, and nothing is called an error`, async () => {
    const stop = new AbortController()
    const { quiet, said } = recorded({
      repositoryWasLeft: async () => true,
      async sweepRepository(stop) {
        await systemClock.sleep(60_000, stop)
        throw new Error('was stopped')
      },
    })
    const timer = setTimeout(() => stop.abort(), stopAfterMs)
    const startedMs = performance.now()
    await quiet.whole(stop.signal, limitMs)
    clearTimeout(timer)
    expect(performance.now() - startedMs).toBeLessThan(5000)
    expect(said.join()).not.toContain('"error"')
    expect(said.join()).toContain('the next run goes on')
  })
}
