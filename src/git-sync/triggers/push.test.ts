import { expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { createRegistry } from '#kit/metrics.ts'
import { bitbucket } from './hosts/bitbucket.ts'
import { github } from './hosts/github.ts'
import { pushHandler } from './push.ts'
import { bodyLimits } from './push-body.ts'
import { createPushCounts } from './push-counts.ts'

const info = {
  path: '/push',
  query: new URLSearchParams(),
  remote: '192.0.2.7',
  idleLimit: () => {},
}

function handlerAndRings() {
  const rings: string[] = []
  const handler = pushHandler({
    hosts: [github, bitbucket],
    secrets: () => ['correct-horse'],
    target: { repositories: null, ref: 'main' },
    announced: { expect: () => {} },
    peers: null,
    bell: { ring: (by) => void rings.push(by), wait: async () => null },
    counts: createPushCounts(createRegistry()),
    clock: systemClock,
    log: createLog({ verbosity: 0, clock: systemClock, write: () => {} }),
  })
  return { handler, rings }
}

function requestOf(headers: Record<string, string>, body: string | ReadableStream): Request {
  return new Request('http://h.test/push', { method: 'POST', headers, body })
}

/** A body that has so many bytes and goes on; `taken` when they were read. */
function unended(bytes: number): { readonly body: ReadableStream; readonly taken: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let isSent = false
  const pull = (to: ReadableStreamDefaultController): Promise<void> | void => {
    if (isSent) {
      resolve()
      return new Promise(() => {})
    }
    isSent = true
    to.enqueue(new Uint8Array(bytes))
  }
  return { body: new ReadableStream({ pull }, { highWaterMark: 0 }), taken: promise }
}

test('where there is no room for more bodies, a ping that nobody signed is only a ping', async () => {
  const { handler, rings } = handlerAndRings()
  const unproven = { 'x-github-event': 'push', 'x-hub-signature-256': 'sha256=00' }
  const { heldBytes, allHeldBytes, pieceBytes } = bodyLimits
  for (let held = 0; held < allHeldBytes; held += heldBytes) {
    const { body, taken } = unended(heldBytes - pieceBytes)
    void handler(requestOf(unproven, body), info)
    await taken
  }
  const ping = requestOf({ 'x-event-key': 'diagnostics:ping' }, '{"test":true}')
  const answer = await handler(ping, info)
  expect({ status: answer.status, text: await answer.text() }).toEqual({
    status: 200,
    text: 'pong\n',
  })
  expect(rings).toEqual([])
})
