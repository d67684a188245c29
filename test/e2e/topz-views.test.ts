import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync, symlinkSync } from 'node:fs'
import { type Child, startChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { lint } from '#test/fixtures/promtool.ts'
import { type Sidecar, startSidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import type { Table } from '#topz/model/table.ts'
import { applyDelta, type Delta } from '#topz/views/delta.ts'
import type { Schema } from '#topz/views/schema/schema.ts'
import { faultsOf } from '#topz/views/schema/validate-for-tests.ts'

let topz: Sidecar
let url: string
const idle: Child[] = []
beforeAll(async () => {
  topz = startSidecar(['topz', '--addr=127.0.0.1:0', '--history=0', '--interval=500ms'])
  url = (await topz.line('Serving on ')).replace('Serving on ', 'http://')
  for (let count = 0; count < 5; count++) idle.push(startChild(['sleep', '3599']))
})
afterAll(async () => {
  for (const child of idle) await child.stop()
  await topz.stop()
})

async function textOf(path: string): Promise<string> {
  return (await fetch(`${url}${path}`)).text()
}

test('what a real machine answers fits the schema that is served beside it', async () => {
  const schema = (await (await fetch(`${url}/topz/schema.json`)).json()) as Schema
  const table = (await (await fetch(`${url}/topz.json`)).json()) as Table
  expect(table.processes.length).toBeGreaterThan(6)
  expect(faultsOf(table, schema)).toEqual([])
})

test('the events of a stream fit the schema, and applied they are the table', async () => {
  const schema = (await (await fetch(`${url}/topz/schema.json`)).json()) as Schema
  const stop = new AbortController()
  const response = await fetch(`${url}/topz/stream`, { signal: stop.signal })
  const names: string[] = []
  let table: Table | null = null
  let got = ''
  let born: Child | null = null
  const seen = (): boolean => table?.processes.some(({ pid }) => pid === born?.pid) ?? false
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    got += chunk
    const events = got.split('\n\n')
    got = events.pop() ?? ''
    for (const event of events) {
      const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? []
      if (name === '') continue
      const given: unknown = JSON.parse(data)
      names.push(name)
      const kind = name === 'delta' ? '#/$defs/delta' : '#'
      expect(faultsOf(given, schema, kind)).toEqual([])
      table = name === 'delta' && table ? applyDelta(table, given as Delta) : (given as Table)
      expect(faultsOf(JSON.parse(JSON.stringify(table)), schema)).toEqual([])
    }
    if (names.length === 2) born ??= startChild(['sleep', '3598'])
    if (seen()) break
  }
  stop.abort()
  await born?.stop()
  expect(seen()).toBe(true)
  expect(names[0]).toBe('table')
  expect(names.slice(1).every((name) => name === 'delta')).toBe(true)
})

test('a filter and a fold apply to what runs', async () => {
  const rows = async (query: string): Promise<readonly string[]> =>
    (await textOf(`/topz?${query}`)).split('\n').filter((line) => /sleep 3599/.test(line))
  const pids = idle.map(({ pid }) => pid)
  expect(await rows(`q=${encodeURIComponent('"sleep 3599" -/bash/')}`)).toHaveLength(5)
  const [folded, ...others] = await rows('wide&q=name:sleep&cols=pid,command')
  expect(others).toEqual([])
  expect(folded).toMatch(new RegExp(`^ *${Math.min(...pids)} ×5 sleep 3599$`))
  const refused = await fetch(`${url}/topz?q=${encodeURIComponent('name:sleep cpu>lots')}`)
  expect([refused.status, await refused.text()]).toEqual([
    400,
    'Cannot read q at character 16, "lots": a number must follow; write cpu>100m\n',
  ])
})

test('HEAD tells the same headers as GET, and takes no place at the stream', async () => {
  for (const path of ['/topz', '/topz.json', '/metrics', '/topz/schema.json']) {
    const head = await fetch(`${url}${path}`, { method: 'HEAD' })
    const get = await fetch(`${url}${path}`)
    expect([path, head.status, head.headers.get('content-type'), await head.text()]).toEqual([
      path,
      200,
      get.headers.get('content-type'),
      '',
    ])
  }
  for (let count = 0; count < 40; count++) {
    const head = await fetch(`${url}/topz/stream`, { method: 'HEAD' })
    expect(head.status).toBe(200)
  }
})

needs('promtool').test('Prometheus takes the metrics without a complaint', async () => {
  const text = await textOf('/metrics')
  expect(text).toContain('\nprocess_cpu_seconds_total ')
  expect(await lint(text)).toEqual([])
})

/** Read calls a process has made so far. */
function reads(pid: number): number {
  return Number(/^syscr: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
}

test('metrics need no viewer, and nothing is sampled but for a scrape', async () => {
  await using folder = temporaryFolder('spinner')
  symlinkSync('/bin/bash', folder.at('spinner'))
  await using _spinner = startChild([folder.at('spinner'), '-c', 'while :; do :; done'])
  const cpuSeconds = async (): Promise<number | null> => {
    const found = /^topz_process_cpu_seconds_total\{.*program="spinner"\} (.*)$/m
    const value = found.exec(await textOf('/metrics'))?.[1]
    return value === undefined ? null : Number(value)
  }
  const first = await until(cpuSeconds)
  await Bun.sleep(1_000)
  const before = reads(topz.pid)
  await Bun.sleep(1_500)
  expect(reads(topz.pid) - before).toBeLessThan(10)
  const later = await until(async () => {
    const value = await cpuSeconds()
    return value !== null && value > first ? value : null
  })
  expect(later - first).toBeGreaterThan(0.2)
}, 20_000)
