import { expect, setDefaultTimeout, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, untilPublished } from './git-sync-run.ts'
import {
  deliver,
  delivery,
  type Pushed,
  pushAndTell,
  type Sent,
  secret,
  send,
  startPushed,
  synchronising,
} from './push-run.ts'

setDefaultTimeout(60_000)

/** A connection on which a delivery was begun: its headers, and of its body so much. */
function begin(
  { url }: Pick<Pushed, 'url'>,
  { headers, body }: Sent,
  length = `Content-Length: ${Buffer.byteLength(body) + 1000}`,
): Promise<Slow> {
  const { hostname, port } = new URL(url)
  const head = Object.entries({ host: 'h', ...headers }).map(([name, value]) => `${name}: ${value}`)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    const slow = { socket, said: '', closed: false }
    socket.on('data', (bytes) => {
      slow.said += bytes
    })
    socket.on('close', () => {
      slow.closed = true
    })
    socket.on('error', reject)
    const text = `POST /push HTTP/1.1\r\n${head.join('\r\n')}\r\n${length}\r\n\r\n${body}`
    socket.on('connect', () => socket.write(text, () => resolve(slow)))
  })
}

interface Slow {
  readonly socket: Socket
  said: string
  closed: boolean
}

test('a replay is known, and a hundred of them cost a pass a second', async () => {
  await using pushed = await startPushed()
  const commit = await pushed.repository.publish({ a: '2\n' })
  const told = delivery('github push', { commit })
  expect(await send(pushed.url, told)).toEqual(synchronising)
  await untilPublished(pushed.link, commit)
  const passes = await pushed.passes()
  const startMs = performance.now()
  const answers = await Promise.all(Array.from({ length: 100 }, () => send(pushed.url, told)))
  for (const answer of answers) expect(answer).toEqual({ status: 202, text: 'already seen' })
  // what a replay might tell of is looked for: at once, and once more after the last of them
  const rolledBack = await pushed.repository.publish({ a: '3\n' })
  await send(pushed.url, told)
  await untilPublished(pushed.link, rolledBack)
  const seconds = Math.ceil((performance.now() - startMs) / 1000)
  expect((await pushed.passes()) - passes).toBeLessThanOrEqual(1 + seconds)
})

test('a thousand deliveries at once are all taken, and cost few passes', async () => {
  await using pushed = await startPushed()
  const commit = await pushed.repository.publish({ a: '2\n' })
  const before = await pushed.passes()
  const digits = (number: number): string => number.toString(16).padStart(40, '0')
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, index) => {
      const facts = { commit, before: digits(index) }
      return deliver(pushed, 'github push', facts)
    }),
  )
  expect(answers.filter(({ status }) => status !== 202)).toEqual([])
  await untilPublished(pushed.link, commit)
  expect((await pushed.passes()) - before).toBeLessThan(100)
  const next = await pushAndTell(pushed)
  await untilPublished(pushed.link, next)
  expect(errorsOf(pushed.sidecar)).toEqual([])
})

test('a body that is too large is refused before it is read, announced or not', async () => {
  await using pushed = await startPushed()
  const told = delivery('github push')
  const announced = await begin(pushed, told, 'Content-Length: 104857600')
  await until(() => announced.closed || null)
  expect(announced.said).toStartWith('HTTP/1.1 413 ')
  const unannounced = await begin(pushed, { ...told, body: '' }, 'Transfer-Encoding: chunked')
  unannounced.socket.removeAllListeners('error').on('error', () => {})
  const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`
  for (let sent = 0; sent < 100 && !unannounced.closed; sent++) {
    if (!unannounced.socket.write(chunk)) await Bun.sleep(5)
  }
  await until(() => unannounced.closed || null)
  const verdict = 'git_sync_push_deliveries_total{host="github",verdict="too_large"}'
  expect((await pushed.metrics())[verdict]).toBe(2)
  await untilPublished(pushed.link, await pushAndTell(pushed))
})

test('a proven body of some MiB is not read, but has the host looked at', async () => {
  await using pushed = await startPushed()
  const commit = await pushed.repository.publish({ a: '2\n' })
  const { headers } = delivery('bearer push')
  const body = JSON.stringify({ ref: 'refs/heads/other', pad: 'x'.repeat(3 << 20) })
  expect(await send(pushed.url, { body, headers })).toEqual(synchronising)
  await untilPublished(pushed.link, commit)
  expect(await pushed.sidecar.line('it is too large to be read')).toContain('bearer')
  const unproven = { authorization: 'Bearer another' }
  expect(await send(pushed.url, { body, headers: unproven })).toEqual({
    status: 401,
    text: 'not proven',
  })
})

test('a slow body is given up after ten seconds, while the loop goes on at its pace', async () => {
  await using pushed = await startPushed({ flags: ['--period=50ms'] })
  const slow = await begin(pushed, delivery('github push'))
  const drip = setInterval(() => slow.socket.write(' '), 500)
  const passes = await pushed.passes()
  const startMs = performance.now()
  await until(() => slow.closed || null, { timeoutMs: 30_000 })
  clearInterval(drip)
  expect(performance.now() - startMs).toBeGreaterThan(9_000)
  expect(slow.said).toMatch(/^HTTP\/1.1 408 /)
  expect((await pushed.passes()) - passes).toBeGreaterThan(10)
  await untilPublished(pushed.link, await pushAndTell(pushed))
})

test('so many slow bodies at once are the most: the next one is told to come again', async () => {
  await using pushed = await startPushed()
  const told = delivery('github push')
  const slow = await Promise.all(Array.from({ length: 256 }, () => begin(pushed, told)))
  const busy = await until(async () => {
    const answer = await send(pushed.url, delivery('gitlab push'))
    return answer.status === 503 ? answer : null
  })
  expect(busy.text).toBe('busy')
  expect((await fetch(`${pushed.url}/readyz`)).status).toBe(200)
  for (const { socket } of slow) socket.destroy()
  const commit = await pushed.repository.publish({ a: '2\n' })
  await until(async () => {
    const answer = await deliver(pushed, 'github push', { commit })
    return answer.status === 202 ? answer : null
  })
  await untilPublished(pushed.link, commit)
})

test('who leaves in the middle of a body is forgotten', async () => {
  await using pushed = await startPushed()
  const { socket } = await begin(pushed, delivery('github push'))
  socket.destroy()
  const verdict = 'git_sync_push_deliveries_total{host="github",verdict="broken_off"}'
  await until(async () => ((await pushed.metrics())[verdict] === 1 ? true : null))
  const headers = { authorization: `Bearer ${secret}` }
  expect(await send(pushed.url, { body: '', headers })).toEqual(synchronising)
})
