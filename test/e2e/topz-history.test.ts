import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startChild } from '#test/fixtures/child.ts'
import { type Sidecar, startSidecar } from '#test/fixtures/sidecar.ts'
import { until } from '#test/fixtures/until.ts'
import type { PodSeries, ProcessSeries } from '#topz/history/series.ts'
import type { Table } from '#topz/model/table.ts'

async function started(args: readonly string[]): Promise<{ topz: Sidecar; url: string }> {
  const topz = startSidecar(['topz', '--addr=127.0.0.1:0', ...args])
  const line = await topz.line('Serving on ')
  return { topz, url: `http://${line.replace('Serving on ', '')}` }
}

async function jsonOf<T>(url: string): Promise<T> {
  const response = await fetch(url)
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'application/json; charset=utf-8',
  ])
  return (await response.json()) as T
}

async function refusedOf(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url)
  return { status: response.status, text: await response.text() }
}

describe('a history', () => {
  let topz: Sidecar
  let url: string
  beforeAll(async () => {
    const running = await started(['--interval=500ms', '--idle-interval=500ms'])
    topz = running.topz
    url = running.url
  })
  afterAll(async () => void (await topz.stop()))

  test('goes on while nobody looks, and says at the start what it takes', async () => {
    const kept = async (): Promise<PodSeries> => jsonOf(`${url}/topz/history.json`)
    const series = await until(async () => {
      const now = await kept()
      return now.takenAtMs.length >= 4 ? now : null
    })
    expect(series).toMatchObject({ schema: 1, spanMs: 900_000 })
    expect(series.takenAtMs).toEqual(series.takenAtMs.toSorted((a, b) => a - b))
    for (const { memoryBytes, cpuMillicores } of series.containers) {
      expect([memoryBytes.length, cpuMillicores.length]).toEqual([
        series.takenAtMs.length,
        series.takenAtMs.length,
      ])
    }
    const said = topz.log().find(({ msg }) => msg.includes('look back'))
    expect(said).toMatchObject({ for: '15m0s', mostBytes: 3 * 2 ** 20, idleInterval: '500ms' })
  })

  test('has who was there, as every view shows it, when it is gone', async () => {
    const child = startChild(['sleep', '98765'])
    const { takenAtMs, key } = await until(async () => {
      const table = await jsonOf<Table>(`${url}/topz.json`)
      const row = table.processes.find(({ pid }) => pid === child.pid)
      return row?.command === 'sleep 98765' ? { ...table, key: row.key } : null
    })
    await Bun.sleep(1_200)
    await child.stop('SIGKILL')
    await until(async () => {
      const { processes } = await jsonOf<Table>(`${url}/topz.json`)
      return processes.some(({ pid }) => pid === child.pid) ? null : true
    })
    const past = await jsonOf<Table>(`${url}/topz.json?at=${takenAtMs + 1}`)
    expect(past.takenAtMs).toBe(takenAtMs)
    expect(past.processes.find((process) => process.key === key)).toMatchObject({
      command: 'sleep 98765',
      pid: child.pid,
      state: 'sleeping',
      threads: 1,
    })
    const text = await (await fetch(`${url}/topz?at=${takenAtMs}`)).text()
    expect(text).toContain('sleep 98765')
    const page = await fetch(`${url}/topz?at=${takenAtMs}`, { headers: { accept: 'text/html' } })
    expect(await page.text()).toContain('sleep 98765')

    const series = await jsonOf<ProcessSeries>(`${url}/topz/series.json?key=${key}`)
    expect(series).toMatchObject({ key, name: 'sleep', command: 'sleep 98765' })
    expect(series.takenAtMs).toContain(takenAtMs)
    expect(series.rssBytes).toHaveLength(series.takenAtMs.length)
    expect(series.rssBytes.every((bytes) => (bytes ?? 0) > 0)).toBe(true)
  }, 20_000)

  test('answers what it does not have with one line', async () => {
    for (const [path, status, says] of [
      ['/topz.json?at=1000', 404, 'Nothing that old is kept; /topz/history.json says what is\n'],
      ['/topz?at=yesterday', 400, 'at takes milliseconds since 1970, as takenAtMs is\n'],
      ['/topz/series.json', 400, 'key takes the key of a process, as rows have it\n'],
      ['/topz/series.json?key=1.1', 404, 'No moment that is kept has this process\n'],
    ] as const) {
      expect([path, await refusedOf(`${url}${path}`)]).toEqual([path, { status, text: says }])
    }
  })
})

test('a history that is off is so in each answer, and in no line of the log', async () => {
  const { topz, url } = await started(['--history=0'])
  for (const path of ['/topz/history.json', '/topz/series.json?key=1.1', '/topz.json?at=1000']) {
    expect(await refusedOf(`${url}${path}`)).toEqual({
      status: 404,
      text: 'Nothing is kept: --history=0 has switched it off\n',
    })
  }
  await topz.stop()
  expect(topz.stderr.filter((line) => line.includes('look back'))).toEqual([])
})

test('times that cannot be are refused by the name of their option', async () => {
  for (const [option, says] of [
    ['--history=5s', /history.*must be 0, or from 10s to 24h/],
    ['--history=48h', /history.*must be 0, or from 10s to 24h/],
    ['--idle-interval=100ms', /idle-interval.*must be at least 500ms/],
  ] as const) {
    const topz = startSidecar(['topz', option])
    expect(await topz.exited).toBe(1)
    expect(topz.stderr.join('\n')).toMatch(says)
  }
})
