import { expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { startSidecar } from '#test/fixtures/sidecar.ts'
import { until } from '#test/fixtures/until.ts'

/** A viewer that asks and then reads nothing. */
function stalledViewer(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET /topz/stream HTTP/1.1\r\nHost: x\r\n\r\n')
  return socket.pause()
}

test('128 viewers that do not read make room for one that does, who was told when to come back', async () => {
  await using topz = startSidecar(['topz', '--addr=127.0.0.1:0', '--interval=500ms'])
  const url = (await topz.line('Serving on ')).replace('Serving on ', 'http://')
  const stalled = Array.from({ length: 128 }, () => stalledViewer(Number(new URL(url).port)))
  const early: Response[] = []
  try {
    const refused = await until(async () => {
      const response = await fetch(`${url}/topz/stream`)
      if (response.status === 503) return response
      early.push(response) // it came before some of the others, and has a place of theirs
      return null
    })
    expect(refused.headers.get('retry-after')).toBe('20')
    const given = await until(
      async () => {
        const response = await fetch(`${url}/topz/stream`)
        return response.status === 200 ? response : null
      },
      { timeoutMs: 90_000, everyMs: 500, what: 'a place at the stream' },
    )
    const reader = given.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toStartWith('event: table')
    await reader?.cancel()
  } finally {
    for (const socket of stalled) socket.destroy()
    for (const response of early) await response.body?.cancel()
  }
}, 120_000)
