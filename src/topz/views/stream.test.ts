import { expect, test } from 'bun:test'
import { later, madeUpPod } from '#topz/model/made-up-pod.ts'
import type { PodEvent, Table } from '#topz/model/table.ts'
import { applyDelta, type Delta } from './delta.ts'
import { rounded } from './rounded.ts'
import { TableStream } from './stream.ts'

/** A viewer that keeps what it is given, as the page does. */
function viewerOf(stream: TableStream) {
  const feed = stream.viewer()
  let table: Table | null = null
  const names: string[] = []
  let bytes: Uint8Array | null = null
  return {
    names,
    get table() {
      return table
    },
    get bytes() {
      return bytes
    },
    take(): void {
      bytes = feed.next()
      if (bytes === null) return
      const [, name = '', data = ''] =
        /^event: (\w+)\ndata: (.*)\n\n$/.exec(new TextDecoder().decode(bytes)) ?? []
      names.push(name)
      const given: unknown = JSON.parse(data)
      table = name === 'delta' && table ? applyDelta(table, given as Delta) : (given as Table)
    },
  }
}

function event(atMs: number): PodEvent {
  return {
    atMs,
    kind: 'exit',
    container: 'a',
    label: 'a',
    process: null,
    count: 1,
    says: `at ${atMs}`,
  }
}

/** The pod so many seconds later, with an event of its own. */
function moment(seconds: number): Table {
  const takenAtMs = madeUpPod.takenAtMs + 1000 * seconds
  const [first, ...rest] = madeUpPod.processes
  if (first === undefined) throw new Error('the pod is empty')
  const processes = [{ ...first, cpuMillicores: seconds }, ...rest]
  return later(madeUpPod, { takenAtMs, processes, events: [event(takenAtMs)] })
}

test('a viewer begins with a whole table and goes on with deltas, nothing twice', () => {
  const stream = new TableStream()
  const viewer = viewerOf(stream)
  viewer.take()
  expect(viewer.names).toEqual([])
  for (const seconds of [0, 1, 1, 2]) {
    stream.show(moment(seconds))
    viewer.take()
    viewer.take()
    expect(viewer.table?.processes[0]?.cpuMillicores).toBe(seconds)
  }
  const same = moment(3)
  stream.show(same)
  stream.show(same)
  viewer.take()
  viewer.take()
  expect(viewer.names).toEqual(['table', 'delta', 'delta', 'delta', 'delta'])
})

test('one that was slow gets one delta over all it missed, with the events of that time', () => {
  const stream = new TableStream()
  const viewer = viewerOf(stream)
  stream.show(moment(0))
  viewer.take()
  for (const seconds of [1, 2, 3]) stream.show(moment(seconds))
  viewer.take()
  expect(viewer.names).toEqual(['table', 'delta'])
  expect(viewer.table?.events.map(({ atMs }) => atMs - madeUpPod.takenAtMs)).toEqual([
    1000, 2000, 3000,
  ])
  expect(viewer.table?.processes).toHaveLength(madeUpPod.processes.length)
  for (let seconds = 4; seconds < 20; seconds++) stream.show(moment(seconds))
  viewer.take()
  expect(viewer.names).toEqual(['table', 'delta', 'table'])
  expect(viewer.table?.processes[0]?.cpuMillicores).toBe(19)
})

test('viewers at the same moment get the same bytes, written once', () => {
  const stream = new TableStream()
  const [early, other, late] = [viewerOf(stream), viewerOf(stream), viewerOf(stream)]
  stream.show(moment(0))
  for (const viewer of [early, other, late]) viewer.take()
  expect(other.bytes).toBe(early.bytes)
  stream.show(moment(1))
  for (const viewer of [early, other]) viewer.take()
  expect(other.bytes).toBe(early.bytes)
  stream.show(moment(2))
  for (const viewer of [early, other, late]) viewer.take()
  expect(other.bytes).toBe(early.bytes)
  expect(late.bytes).not.toBe(early.bytes)
  expect(late.table?.processes).toEqual(early.table?.processes)
})

test('a viewer that cannot apply deltas is given whole tables', () => {
  const stream = new TableStream()
  const feed = stream.viewer({ whole: true })
  for (const seconds of [0, 1]) {
    const table = moment(seconds)
    stream.show(table)
    const text = new TextDecoder().decode(feed.next() ?? new Uint8Array())
    expect(text).toStartWith('event: table\ndata: {')
    expect(JSON.parse(text.split('data: ')[1] ?? '').processes).toEqual(rounded(table).processes)
    expect(feed.next()).toBeNull()
  }
})

test('while nobody looks nothing is kept', () => {
  const stream = new TableStream()
  const viewer = viewerOf(stream)
  stream.show(moment(0))
  viewer.take()
  stream.clear()
  viewer.take()
  stream.show(moment(1))
  viewer.take()
  expect(viewer.names).toEqual(['table', 'table'])
})
