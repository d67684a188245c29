import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { type Child, startChild } from '#test/fixtures/child.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { type Sidecar, startSidecar } from '#test/fixtures/sidecar.ts'
import type { Table } from '#topz/model/table.ts'

async function started(args: readonly string[]): Promise<{ topz: Sidecar; url: string }> {
  const topz = startSidecar(['topz', ...args])
  const line = await topz.line('Serving on ')
  return { topz, url: `http://${line.replace('Serving on ', '')}` }
}

describe('an address', () => {
  test('is taken in the three forms of Go, and named on stdout', async () => {
    const forms = (port: number): readonly (readonly string[])[] => [
      [`--addr=127.0.0.1:${port}`],
      [`-addr=127.0.0.1:${port}`],
      ['-addr', `127.0.0.1:${port}`],
    ]
    for (const at of [0, 1, 2]) {
      const port = freePort()
      const { topz, url } = await started(forms(port)[at] ?? [])
      expect(topz.stdout).toEqual([`Serving on 127.0.0.1:${port}`])
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
      await topz.stop()
    }
  })

  test('that is taken is one line that says what to do, and exit 1', async () => {
    const { topz, url } = await started(['--addr=127.0.0.1:0'])
    const address = url.replace('http://', '')
    const second = startSidecar(['topz', `--addr=${address}`])
    expect(await second.exited).toBe(1)
    expect(second.stderr).toHaveLength(1)
    expect(second.stderr[0]).toContain(
      `Cannot listen on ${address}: the port is taken; choose another with --addr`,
    )
    await topz.stop()
  })

  test('that is none is refused by the name of its option', async () => {
    const topz = startSidecar(['topz', '--addr=8080'])
    expect(await topz.exited).toBe(1)
    expect(topz.stderr.join('\n')).toMatch(/addr.*must be HOST:PORT, \[IPV6\]:PORT or :PORT/)
  })
})

describe('topz that runs', () => {
  let topz: Sidecar
  let url: string
  beforeAll(async () => {
    const running = await started(['--addr=127.0.0.1:0', '--allow-host=topz.example.com'])
    topz = running.topz
    url = running.url
  })
  afterAll(async () => {
    await topz.stop()
  })

  test('shows itself and its parent to curl as lines of four columns', async () => {
    const response = await fetch(`${url}/topz`)
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    const lines = (await response.text()).trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(/^\d+ +(\d+\.\d\d|-) +(\d+\.\d\d|-) +\S/)
    const pids = lines.map((line) => Number.parseInt(line, 10))
    expect(pids).toEqual(pids.toSorted((a, b) => a - b))
    expect(pids).toContain(process.pid)
    expect(lines.find((line) => line.startsWith(`${topz.pid} `))).toContain(
      'topz --addr=127.0.0.1:0',
    )
  })

  test('answers names that nobody outside can own, and those it was told of', async () => {
    const statusFor = async (host: string): Promise<number> =>
      (await fetch(`${url}/topz`, { headers: { host } })).status
    expect(await statusFor('192.168.39.196:30532')).toBe(200)
    expect(await statusFor('topz.default.svc.cluster.local')).toBe(200)
    expect(await statusFor('topz.example.com')).toBe(200)
    expect(await statusFor('evil.example.com')).toBe(403)
    const refused = await fetch(`${url}/topz`, { headers: { host: 'evil.example.com' } })
    expect(await refused.text()).toContain('--allow-host=evil.example.com')
  })

  test('sends a first event at once and others each interval', async () => {
    const tables: Table[] = []
    const response = await fetch(`${url}/topz/stream?whole`)
    let got = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      got += chunk
      const events = got.split('\n\n')
      got = events.pop() ?? ''
      for (const event of events) {
        if (event.startsWith(':')) continue
        expect(event).toStartWith('event: table\ndata: {')
        tables.push(JSON.parse(event.slice('event: table\ndata: '.length)))
      }
      if (tables.length >= 4) break
    }
    expect(tables.every(({ schema }) => schema === 1)).toBe(true)
    const times = tables.map(({ takenAtMs }) => takenAtMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times.at(-1)).toBeGreaterThan((times[0] ?? 0) + 1000)
  })

  test('counts in /metrics what it shows', async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toMatch(
      /^topz_process_cpu_seconds_total\{container="[^"]+",program="bun[^"]*"\} /m,
    )
    expect(text).toMatch(/^topz_sample_duration_seconds 0\.\d+$/m)
  })
})

describe('TERM', () => {
  test('ends topz promptly, with browsers at its stream', async () => {
    const { topz, url } = await started(['--addr=127.0.0.1:0'])
    const browsers = await Promise.all([1, 2, 3].map(() => fetch(`${url}/topz/stream`)))
    const stuck = connect(Number(new URL(url).port), '127.0.0.1').pause()
    stuck.on('error', () => {})
    stuck.write('GET /topz/stream HTTP/1.1\r\nHost: x\r\n\r\n')
    await Bun.sleep(100)
    const before = performance.now()
    expect(await topz.stop('SIGTERM')).toBe(143)
    expect(performance.now() - before).toBeLessThan(2_500)
    for (const browser of browsers) await browser.text().catch(() => {})
    stuck.destroy()
  })
})

/** 300 at a time, each alive for six seconds: 50 end and 50 start each second. */
const churn = 'echo up; while :; do sleep 6 & sleep 0.02; done'

test('beside 300 processes that come and go 50 times a second all of 1,000 requests are answered', async () => {
  const noise: Child = startChild(['bash', '-c', churn])
  const { topz, url } = await started(['--addr=127.0.0.1:0', '--interval=500ms'])
  const statuses = new Map<number, number>()
  let rows = 0
  let lines = 0
  try {
    await noise.line('up')
    await Bun.sleep(6_000)
    // ten clients ask without pause; a request in five makes them wait, so that samples are many
    const client = async (number: number): Promise<void> => {
      for (let n = 0; n < 100; n++) {
        const json = (n + number) % 2 === 0
        const response = await fetch(`${url}/topz${json ? '.json' : ''}`)
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        if (json) rows = ((await response.json()) as Table).processes.length
        else lines = (await response.text()).trimEnd().split('\n').length
        if (n % 5 === 0) await Bun.sleep(300)
      }
    }
    await Promise.all(Array.from({ length: 10 }, (_, number) => client(number)))
  } finally {
    await noise.stop('SIGKILL')
    await topz.stop()
  }
  expect([...statuses]).toEqual([[200, 1000]])
  expect(Math.min(rows, lines)).toBeGreaterThan(250)
  expect(topz.stderr.filter((line) => line.includes('error'))).toEqual([])
}, 60_000)

/** Read calls a process has made so far. */
function reads(pid: number): number {
  const text = readFileSync(`/proc/${pid}/io`, 'utf8')
  return Number(/^syscr: (\d+)$/m.exec(text)?.[1])
}

test('while nobody looks nothing is read, also after somebody did', async () => {
  const { topz, url } = await started([
    ...['--addr=127.0.0.1:0', '--interval=500ms', '--history=0'],
  ])
  try {
    await Bun.sleep(200)
    const fresh = reads(topz.pid)
    await Bun.sleep(1_500)
    expect(reads(topz.pid) - fresh).toBeLessThan(10)

    const viewer = await fetch(`${url}/topz/stream`)
    const watched = reads(topz.pid)
    await Bun.sleep(1_500)
    expect(reads(topz.pid) - watched).toBeGreaterThan(50)

    await viewer.body?.cancel()
    await Bun.sleep(1_000)
    const left = reads(topz.pid)
    await Bun.sleep(1_500)
    expect(reads(topz.pid) - left).toBeLessThan(10)
  } finally {
    await topz.stop()
  }
}, 15_000)
