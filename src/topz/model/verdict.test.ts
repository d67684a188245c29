import { expect, test } from 'bun:test'
import type { SampledContainer } from '#topz/sample/sample.ts'
import { containerOf, processOf, sampleOf } from './samples-for-tests.ts'
import { tableOf } from './table-of.ts'

type Figures = Partial<SampledContainer['figures']>

/** Verdict over containers `app`, `app2` and so on with these figures, before and now. */
function verdictOf(...containers: readonly (readonly [before: Figures, now: Figures])[]): string {
  const at = (which: 0 | 1, monotonicMs: number) =>
    sampleOf({
      monotonicMs,
      processes: containers.map((_, index) =>
        processOf(index + 1, { facts: { container: `${index}` }, readAtMs: monotonicMs }),
      ),
      containers: containers.map((pair, index) =>
        containerOf(`${index}`, {
          name: index === 0 ? 'app' : `app${index + 1}`,
          readAtMs: monotonicMs,
          figures: pair[which],
        }),
      ),
    })
  const { verdict, verdictTone } = tableOf({ previous: at(0, 1000), current: at(1, 2000) })
  return `${verdictTone}: ${verdict}`
}

const memory = (memoryBytes: number): Figures => ({ memoryBytes, memoryLimitBytes: 100 })

test('nothing near a limit is all quiet', () => {
  expect(verdictOf([memory(69), memory(69)])).toBe('quiet: All quiet')
  expect(verdictOf()).toBe('quiet: All quiet')
})

test('memory is amber from 70 % and red from 90 % of the limit', () => {
  expect(verdictOf([{}, memory(71)])).toBe('amber: app uses 71 % of its memory limit')
  expect(verdictOf([{}, memory(92)])).toBe('red: app uses 92 % of its memory limit')
})

test("one container's two worst findings make one sentence", () => {
  const cpu = { cpuLimitMillicores: 500, cpuPeriods: 0, throttledPeriods: 0 }
  const throttled = {
    ...memory(92),
    cpuLimitMillicores: 500,
    cpuPeriods: 100,
    throttledPeriods: 38,
  }
  expect(verdictOf([cpu, throttled])).toBe(
    'red: app uses 92 % of its memory limit and is throttled 38 % of the time',
  )
})

test('the worst container is named, the others are counted', () => {
  expect(verdictOf([{}, memory(75)], [{}, memory(95)])).toBe(
    'red: app2 uses 95 % of its memory limit; 1 more container to look at',
  )
})

test('an OOM kill is red when it happens and amber afterwards', () => {
  expect(verdictOf([{ oomKills: 1 }, { oomKills: 2 }])).toBe(
    'red: app lost 1 process to the OOM killer just now',
  )
  expect(verdictOf([{ oomKills: 2 }, { oomKills: 2 }])).toBe(
    'amber: app had 2 OOM kills since it started',
  )
})

test('zombies by the hundred are worth a word', () => {
  const processes = Array.from({ length: 100 }, (_, index) =>
    processOf(index + 1, { counters: { state: 'Z' } }),
  )
  expect(tableOf({ previous: null, current: sampleOf({ processes }) }).verdict).toBe(
    'a has 100 zombies, which nobody waited for',
  )
})

test('seeing only ourselves is said, with init and shells entered from outside', () => {
  const own = [
    processOf(1, { facts: { name: 'tini' } }),
    processOf(7, { counters: { parentPid: 1 } }),
    processOf(8, { counters: { parentPid: 7 } }),
    processOf(20, { facts: { name: 'sh' } }),
  ]
  const table = tableOf({ previous: null, current: sampleOf({ ownPid: 7, processes: own }) })
  expect(table).toMatchObject({ sees: 'itself', verdictTone: 'amber' })
})

test('another container, or a sibling below PID 1, is a shared view', () => {
  const other = processOf(9, { facts: { container: 'b' } })
  const seen = sampleOf({ ownPid: 7, processes: [processOf(7), other] })
  expect(tableOf({ previous: null, current: seen }).sees).toBe('pod')
  const sibling = sampleOf({
    ownPid: 7,
    processes: [
      processOf(1),
      processOf(7, { counters: { parentPid: 1 } }),
      processOf(8, { counters: { parentPid: 1 } }),
    ],
  })
  expect(tableOf({ previous: null, current: sibling }).sees).toBe('pod')
})
