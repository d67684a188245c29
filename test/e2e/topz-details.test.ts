import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Child, startChild } from '#test/fixtures/child.ts'
import { type Sidecar, startSidecar } from '#test/fixtures/sidecar.ts'
import { until } from '#test/fixtures/until.ts'
import type { ProcessDetails } from '#topz/model/process-details.ts'
import type { Process, Table } from '#topz/model/table.ts'

const running: Sidecar[] = []
let target: Child
beforeAll(() => {
  const env = { PLAIN_WORD: 'hello', DB_PASSWORD: 'hunter2' }
  target = startChild(['sleep', '600'], { env })
})
afterAll(async () => {
  for (const topz of running) await topz.stop()
  await target.stop()
})

async function started(...args: readonly string[]): Promise<string> {
  const topz = startSidecar(['topz', '--addr=127.0.0.1:0', ...args])
  running.push(topz)
  return `http://${(await topz.line('Serving on ')).replace('Serving on ', '')}`
}

async function rowOf(url: string, pid: number): Promise<Process> {
  const table = (await (await fetch(`${url}/topz.json`)).json()) as Table
  const row = table.processes.find((process) => process.pid === pid && process.name === 'sleep')
  if (row === undefined) throw new Error(`Process ${pid} is not in the table`)
  return row
}

async function detailsOf(url: string, key: string): Promise<ProcessDetails> {
  const answer = await fetch(`${url}/topz/process.json?key=${key}`)
  expect(answer.status).toBe(200)
  return (await answer.json()) as ProcessDetails
}

test('one process is told in detail to who asks, without its environment', async () => {
  const url = await started()
  const { key } = await until(() => rowOf(url, target.pid))
  const details = await detailsOf(url, key)
  expect(details).toMatchObject({ schema: 1, key, pid: target.pid, environment: null })
  expect(details.memory?.pssBytes).toBeGreaterThan(0)
  expect(details.threads).toMatchObject([{ tid: target.pid, name: 'sleep', state: 'sleeping' }])
  expect(details.openFiles).toMatchObject({ device: 1, socket: 2 })
  expect(details.limits?.map(({ name }) => name)).toContain('Max open files')
  expect(details.unknown).toEqual({ environment: 'not-asked' })
})

test('with --environment its variables are shown, and secrets among them are not', async () => {
  const url = await started('--environment')
  const { key } = await until(() => rowOf(url, target.pid))
  const { environment } = await detailsOf(url, key)
  expect(environment).toContain('PLAIN_WORD=hello')
  expect(environment).toContain('DB_PASSWORD=***')
})

test('who asks for nobody, for one that ended, or from another site is told so', async () => {
  const url = await started()
  const child = startChild(['sleep', '600'])
  const { key } = await until(() => rowOf(url, child.pid))
  await child.stop('SIGKILL')
  const ask = (query: string, headers = {}) =>
    fetch(`${url}/topz/process.json${query}`, { headers })
  expect((await ask(`?key=${key}`)).status).toBe(404)
  expect((await ask('?key=1.2.3')).status).toBe(404)
  expect((await ask('')).status).toBe(400)
  expect((await ask(`?key=${key}`, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
})
