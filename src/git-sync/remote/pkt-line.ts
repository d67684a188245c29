/**
 * Packet lines, the frame of git's protocol: four hex digits, the length with themselves, then the
 * payload; `0000` ends a message (flush), `0001` parts it (delimiter).
 * Source: gitprotocol-common(5), gitprotocol-v2(5).
 */
export type Packet = string | typeof flush | typeof delimiter

export const flush = Symbol('flush')
export const delimiter = Symbol('delimiter')

/** Of one packet, with its length: pack-protocol's limit. */
const longestBytes = 65_520

/** The packets as they go over the wire. */
export function encodePackets(packets: readonly Packet[]): string {
  return packets.map(encodePacket).join('')
}

function encodePacket(packet: Packet): string {
  if (packet === flush) return '0000'
  if (packet === delimiter) return '0001'
  const length = Buffer.byteLength(packet) + 4
  if (length > longestBytes) throw new Error(`Cannot send a packet of ${length} bytes`)
  return length.toString(16).padStart(4, '0') + packet
}

/**
 * The packets of a whole answer, a line feed at their ends taken off; null when it is no sequence of
 * whole packets.
 */
export function decodePackets(bytes: Uint8Array): readonly Packet[] | null {
  const packets: Packet[] = []
  let at = 0
  while (at < bytes.length) {
    const length = lengthAt(bytes, at)
    if (length === 0) packets.push(flush)
    else if (length === 1) packets.push(delimiter)
    else if (length === null || length < 4 || at + length > bytes.length) return null
    else packets.push(textOf(bytes.subarray(at + 4, at + length)))
    at += Math.max(length, 4)
  }
  return packets
}

const text = new TextDecoder()
const lineFeed = 0x0a

function textOf(payload: Uint8Array): string {
  return text.decode(payload.at(-1) === lineFeed ? payload.subarray(0, -1) : payload)
}

function lengthAt(bytes: Uint8Array, at: number): number | null {
  let length = 0
  for (let index = at; index < at + 4; index++) {
    const digit = hexDigit(bytes[index] ?? 0)
    if (digit === null) return null
    length = length * 16 + digit
  }
  return length > longestBytes ? null : length
}

function hexDigit(byte: number): number | null {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : null
}
