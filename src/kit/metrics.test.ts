import { describe, expect, test } from 'bun:test'
import { createRegistry } from './metrics.ts'

describe('the text of a registry', () => {
  test('holds counters, gauges and summaries in the order they were made, series by label', () => {
    const registry = createRegistry()
    const syncs = registry.counter('syncs_total', 'Syncs by result', ['status'])
    const last = registry.gauge('last_seconds', 'When')
    const took = registry.summary('took_seconds', 'How long', ['status'])
    syncs.inc({ status: 'success' })
    syncs.inc({ status: 'success' }, 2)
    syncs.inc({ status: 'error' })
    last.set({}, 1.5)
    took.observe({ status: 'success' }, 0.25)
    took.observe({ status: 'success' }, 0.5)
    expect(registry.text()).toBe(`# HELP syncs_total Syncs by result
# TYPE syncs_total counter
syncs_total{status="error"} 1
syncs_total{status="success"} 3
# HELP last_seconds When
# TYPE last_seconds gauge
last_seconds 1.5
# HELP took_seconds How long
# TYPE took_seconds summary
took_seconds_sum{status="success"} 0.75
took_seconds_count{status="success"} 2
`)
  })

  test('has a counter at 0 before its first event, and no series with labels', () => {
    const registry = createRegistry()
    registry.counter('syncs_total', 'Syncs')
    registry.counter('hooks_total', 'Hooks', ['status'])
    expect(registry.text()).toContain('\nsyncs_total 0\n')
    expect(registry.text()).not.toContain('hooks_total{')
  })

  test('reads scraped metrics anew each time', () => {
    const registry = createRegistry()
    let up = 1
    registry.scraped({
      name: 'up',
      help: 'Up',
      type: 'gauge',
      labels: ['who'],
      read: (set) => set({ who: `n${up}` }, up),
    })
    expect(registry.text()).toContain('up{who="n1"} 1\n')
    up = 2
    expect(registry.text()).not.toContain('n1')
    expect(registry.text()).toContain('up{who="n2"} 2\n')
  })

  test('escapes what would end a line or a label', () => {
    const registry = createRegistry()
    const hostile = registry.gauge('g', 'one\ntwo \\ three', ['name'])
    hostile.set({ name: 'a"} 1\nb \\ \ud800' }, 2)
    expect(registry.text()).toBe(
      '# HELP g one\\ntwo \\\\ three\n# TYPE g gauge\ng{name="a\\"} 1\\nb \\\\ \ufffd"} 2\n',
    )
  })

  test('writes the infinities as Prometheus reads them', () => {
    const registry = createRegistry()
    registry.gauge('g', 'G').set({}, Number.POSITIVE_INFINITY)
    expect(registry.text()).toContain('g +Inf\n')
  })
})

test('names that Prometheus would refuse are refused when they are made', () => {
  const registry = createRegistry()
  expect(() => registry.counter('a-b', 'x')).toThrow('Cannot add metric "a-b"')
  expect(() => registry.counter('ab', 'x', ['c-d'])).toThrow('"c-d" is no name for a label')
  registry.gauge('twice', 'x')
  expect(() => registry.gauge('twice', 'x')).toThrow('Cannot add metric twice: it exists already')
})

test('a counter is never lowered', () => {
  const counter = createRegistry().counter('c', 'x')
  expect(() => counter.inc({}, -1)).toThrow('Cannot lower counter c')
})
