import { expect, test } from 'bun:test'
import { bodyLimits, createBodyReader } from './push-body.ts'

/** What is kept of a body that comes in these pieces. */
async function keptOf(pieces: readonly string[], limits = {}): Promise<string | null> {
  const left = [...pieces]
  const body = new ReadableStream({
    pull(to) {
      const piece = left.shift()
      if (piece === undefined) to.close()
      else to.enqueue(new TextEncoder().encode(piece))
    },
  })
  const request = new Request('http://h.test/push', { method: 'POST', body })
  const reader = createBodyReader({ ...bodyLimits, ...limits })
  return reader.read(request, {
    update: () => {},
    act: (read) =>
      read.kind === 'whole' && read.bytes !== null ? Buffer.from(read.bytes).toString() : null,
  })
}

test('a body is kept up to its limit', async () => {
  expect(await keptOf([])).toBe('')
  expect(await keptOf(['{', '}'])).toBe('{}')
  expect(await keptOf(['x'.repeat(900)], { heldBytes: 1_000 })).toHaveLength(900)
  expect(await keptOf(['x'.repeat(1_001)], { heldBytes: 1_000 })).toBeNull()
  expect(await keptOf(['x'.repeat(1_001)], { allHeldBytes: 1_000 })).toBeNull()
})

test('a small body in very many pieces is not kept: each of them is memory, too', async () => {
  const pieces = Array.from({ length: 500 }, () => 'x')
  expect(await keptOf(pieces)).toHaveLength(500)
  expect(await keptOf(pieces, { heldBytes: 10_000 })).toBeNull()
})
