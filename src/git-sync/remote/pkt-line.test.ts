import { expect, test } from 'bun:test'
import { decodePackets, delimiter, encodePackets, flush, type Packet } from './pkt-line.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('packets have their length in front, in bytes', () => {
  expect(encodePackets(['peel\n', delimiter, 'é', flush])).toBe('0009peel\n00010006é0000')
  expect(decodePackets(bytes('0009peel\n00010006é0000'))).toEqual(['peel', delimiter, 'é', flush])
  expect(decodePackets(bytes('0004'))).toEqual([''])
  expect(decodePackets(bytes(''))).toEqual([])
})

test('what is cut off or no packet is none', () => {
  for (const text of [
    '0',
    '000',
    '0009peel',
    '0003',
    '0002',
    'zzzz',
    '-001',
    '+005a',
    '<html>',
    'fffff',
  ]) {
    expect(decodePackets(bytes(text))).toBeNull()
  }
})

test('a packet that is too long is not sent', () => {
  expect(() => encodePackets(['x'.repeat(65_517)])).toThrow('65521 bytes')
  const longest = encodePackets(['x'.repeat(65_516)])
  expect(decodePackets(bytes(longest))).toEqual(['x'.repeat(65_516)])
})

test('what was encoded is read again, and any damage is survived', () => {
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed % below
  }
  for (let round = 0; round < 2000; round++) {
    const packets: Packet[] = Array.from({ length: random(6) }, () => {
      const kind = random(4)
      if (kind === 0) return flush
      return kind === 1 ? delimiter : 'x'.repeat(random(40))
    })
    const wire = bytes(encodePackets(packets))
    expect(decodePackets(wire)).toEqual(packets)
    if (wire.length === 0) continue
    const damaged = wire.slice(0, random(wire.length + 1))
    if (damaged.length > 0) damaged[random(damaged.length)] = random(256)
    const read = decodePackets(damaged)
    expect(read === null || Array.isArray(read)).toBe(true)
  }
})
