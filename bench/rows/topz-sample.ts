import { readdirSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { startChild } from '#test/fixtures/child.ts'
import { tableOf } from '#topz/model/table-of.ts'
import { noParts, type Parts } from '#topz/sample/parts.ts'
import { Sampler } from '#topz/sample/sampler.ts'
import { timed } from '../instruments/timed.ts'
import type { Figures, Sizes, Subject } from '../subject.ts'

type Key = 'bare' | 'full' | 'table' | 'again'

const withWaiting: Parts = { ...noParts, openFiles: true, waiting: true }

const samplesInRun = 50
const topScreens = 10
/** Descriptors are opened by the first sample, what seldom changes is settled by the second. */
const firstSamples = 10

/** In a pod of usual size, in a large one, and in one that nobody should have. */
export const topzSampleFew = (): Subject<Key> => topzSampleOf(24, 'topz-sample-few')
export const topzSample = ({ processes }: Sizes): Subject<Key> =>
  topzSampleOf(processes, 'topz-sample')
export const topzSampleMany = ({ processes }: Sizes): Subject<Key> =>
  topzSampleOf(processes * 4, 'topz-sample-many')

const topzSampleOf = (processes: number, name: string): Subject<Key> => ({
  name,
  how: `CPU of the sampler in the benchmark's own process, over ${samplesInRun} samples of ${processes} sleeping processes and what else runs, beside procps top on the same ones: its first screen, and the mean of ${topScreens} further ones.`,
  needs: ['ps'],
  rows: {
    bare: {
      what: `topz, ${processes} processes, sample of a process: identity, CPU, memory`,
      unit: 'µs',
      beside: 'top -b -n 1',
      peer: false,
      budget: [{ atMost: 8 }],
    },
    full: {
      what: `topz, ${processes} processes, sample of a process: with open files and waiting`,
      unit: 'µs',
      peer: false,
      budget: [{ atMost: 14 }],
    },
    table: {
      what: `topz, ${processes} processes, table of a process from two samples`,
      unit: 'µs',
      peer: false,
    },
    again: {
      what: `topz, sample of ${processes} processes`,
      unit: 'ms',
      beside: 'top -b, a further screen',
      peer: false,
      budget: [{ atMost: 1 / 3, of: 'beside' }],
    },
  },
  async open() {
    await using stack = new AsyncDisposableStack()
    for (let index = 0; index < processes; index++) stack.use(startChild(['sleep', '3600']))
    await Bun.sleep(500)
    const options = { procRoot: '/proc', clock: systemClock }
    const bare = stack.adopt(new Sampler(options), (it) => it.close())
    const full = stack.adopt(new Sampler(options), (it) => it.close())
    for (let index = 0; index < firstSamples; index++) {
      await bare.take(noParts)
      await full.take(withWaiting)
    }
    const owned = stack.move()
    return {
      measure: {
        ours: async () => figuresOf({ bare, full }),
        beside: figuresOfTop,
        peer: null,
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  },
})

function figuresOf({ bare, full }: Readonly<Record<'bare' | 'full', Sampler>>): Figures<Key> {
  const bareMs = cpuMsOf(samplesInRun, () => bare.sample(noParts))
  const fullMs = cpuMsOf(samplesInRun, () => full.sample(withWaiting))
  const [previous, current] = [full.sample(withWaiting), full.sample(withWaiting)]
  const tableMs = cpuMsOf(topScreens, () => tableOf({ previous, current }))
  return {
    bare: eachUs(bareMs),
    full: eachUs(fullMs),
    table: eachUs(tableMs),
    again: bareMs,
  }
}

async function figuresOfTop(): Promise<Figures<Key>> {
  const firstMs = await topMs(1)
  const allMs = await topMs(1 + topScreens)
  return { bare: eachUs(firstMs), again: (allMs - firstMs) / topScreens }
}

async function topMs(screens: number): Promise<number> {
  const { cpuMs } = await timed(['top', '-b', '-d', '0.1', '-n', `${screens}`], {
    env: { TERM: 'dumb' },
  })
  return cpuMs
}

/** User and system, the mean of so many calls. */
function cpuMsOf(calls: number, act: () => void): number {
  const before = process.cpuUsage()
  for (let call = 0; call < calls; call++) act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / calls
}

function eachUs(ms: number): number {
  return (ms * 1000) / readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length
}
