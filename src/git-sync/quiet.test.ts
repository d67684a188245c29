import { expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { createQuiet, type QuietOptions } from './quiet.ts'

const nothing = { nextInMs: null, complaints: [] }

/** Quiet work that writes down what is done and what is logged. */
function recorded(changed: Partial<QuietOptions> = {}) {
  const done: string[] = []
  const said: string[] = []
  const quiet = createQuiet({
    sweepTrees: async () => nothing,
    sweepRepository: async () => void done.push('repository'),
    hasNews: () => false,
    repacking: () => ({
      tend: ({ isQuiet }) => void done.push(isQuiet ? 'tend quiet' : 'tend busy'),
      end: async () => void done.push('end'),
    }),
    clock: systemClock,
    log: createLog({ verbosity: 0, clock: systemClock, write: (line) => said.push(line) }),
    ...changed,
  })
  return { quiet, done, said }
}

const never = new AbortController().signal

test('a pass after which nothing is due costs no look', async () => {
  let looks = 0
  let news = false
  const { quiet } = recorded({
    hasNews: () => news,
    async sweepTrees() {
      looks++
      return nothing
    },
  })
  const settled = async (): Promise<number> => {
    quiet.start()
    await Bun.sleep(1)
    return looks
  }
  expect(await settled()).toBe(1)
  for (let pass = 0; pass < 5; pass++) expect(await settled()).toBe(1)
  // a pass that wrote something, or somebody else did
  await quiet.giveWay()
  expect(await settled()).toBe(2)
  news = true
  expect(await settled()).toBe(3)
})

test('what a pass ended goes on after it, and what goes on beside passes is not ended', async () => {
  const { quiet, done } = recorded({
    async sweepTrees(stop) {
      await systemClock.sleep(60_000, stop)
      return nothing
    },
  })
  for (let pass = 0; pass < 3; pass++) {
    quiet.start()
    await quiet.giveWay()
  }
  expect(done).toEqual([])
  // passes come and come: it is not waited for a quiet time any more
  quiet.start()
  await quiet.giveWay()
  expect(done).toEqual(['tend busy'])
  await quiet.end()
  expect(done).toEqual(['tend busy', 'end'])
})

test('all is quiet when no tree waits for the end of its grace', async () => {
  let waits = 1
  const done: string[] = []
  await new Promise<void>((resolve) => {
    const { quiet } = recorded({
      sweepTrees: async () => ({ ...nothing, nextInMs: waits-- > 0 ? 1 : null }),
      sweepRepository: async () => void done.push('repository'),
      repacking: () => ({
        tend({ isQuiet }) {
          done.push(isQuiet ? 'quiet' : 'busy')
          if (isQuiet) resolve()
        },
        async end() {},
      }),
    })
    quiet.start()
  })
  expect(done).toEqual(['repository', 'repository', 'quiet'])
})

test('a tree that cannot go holds nothing else up and is told of once', async () => {
  let complaints = ['Cannot remove a tree: EACCES']
  const { quiet, done, said } = recorded({
    sweepTrees: async () => ({ nextInMs: null, complaints }),
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
