/**
 * What a sample of 500 sleeping processes costs, beside procps top on the same processes in the same
 * run: microseconds a process, and top's CPU as a multiple of ours. Medians of several rounds.
 */
import { readdirSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import { tableOf } from '#topz/model/table-of.ts'
import { Sampler } from '#topz/sample/sampler.ts'

const rounds = 7
const samplesInRound = 50
const topSamples = 10

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** CPU milliseconds, user and system, of one sample. */
function sampleMs(sampler: Sampler): number {
  const before = process.cpuUsage()
  for (let index = 0; index < samplesInRound; index++) sampler.sample()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / samplesInRound
}

/** CPU milliseconds of a whole top that shows this often. */
function topMs(iterations: number): number {
  const top = Bun.spawnSync(['top', '-b', '-d', '0.1', '-n', `${iterations}`], { stdout: 'pipe' })
  if (!top.success) throw new Error('Cannot measure top: it failed; install procps')
  return Number(top.resourceUsage.cpuTime.total) / 1000
}

const sleepers = Array.from({ length: 500 }, () => Bun.spawn(['sleep', '600']))
try {
  await Bun.sleep(500)
  const count = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length
  const options = { procRoot: '/proc', clock: systemClock }
  const bare = new Sampler({ ...options, openFiles: false })
  const full = new Sampler(options)
  // descriptors are opened by the first sample, what seldom changes is settled by the second
  for (let index = 0; index < 10; index++) {
    bare.sample()
    full.sample()
  }
  const ours: number[] = []
  const oursFull: number[] = []
  const tables: number[] = []
  const topOnce: number[] = []
  const topAgain: number[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(sampleMs(bare))
    oursFull.push(sampleMs(full))
    const previous = full.sample()
    const current = full.sample()
    const before = process.cpuUsage()
    for (let index = 0; index < 10; index++) tableOf({ previous, current })
    tables.push(process.cpuUsage(before).user / 10_000)
    const once = topMs(1)
    topOnce.push(once)
    topAgain.push((topMs(1 + topSamples) - once) / topSamples)
  }
  bare.close()
  full.close()
  const perProcess = (values: readonly number[]): string =>
    `${((median(values) * 1000) / count).toFixed(1)} µs`
  const times = (top: readonly number[]): string => (median(top) / median(ours)).toFixed(1)
  console.log(
    `sample | ${count} processes | identity, CPU, memory ${perProcess(ours)} a process | ` +
      `with open files ${perProcess(oursFull)} | table ${perProcess(tables)} | ` +
      `top -b -n1 costs ${times(topOnce)} times ours, each further screen ${times(topAgain)} times`,
  )
} finally {
  for (const sleeper of sleepers) sleeper.kill('SIGKILL')
}
