import { decodePackets, delimiter, encodePackets, flush, type Packet } from './pkt-line.ts'
import type { Refs } from './tip.ts'

/** What a server of protocol version 2 says that it can. Source: gitprotocol-v2(5). */
export interface Advertisement {
  /** How it names objects. */
  readonly objectFormat: string
}

/** Null when the server speaks another version, cannot list refs or says what is no protocol. */
export function parseAdvertisement(bytes: Uint8Array): Advertisement | null {
  const packets = decodePackets(bytes)
  if (packets === null) return null
  const lines = withoutService(packets)
  if (lines[0] !== 'version 2' || lines.at(-1) !== flush) return null
  const capabilities = new Map<string, string>()
  for (const line of lines.slice(1, -1)) {
    if (typeof line !== 'string') return null
    const [name = '', ...value] = line.split('=')
    capabilities.set(name, value.join('='))
  }
  if (!capabilities.has('ls-refs')) return null
  return { objectFormat: capabilities.get('object-format') ?? 'sha1' }
}

/** Smart HTTP may announce the service first, in a message of its own. */
function withoutService(packets: readonly Packet[]): readonly Packet[] {
  const announced = packets[0] === '# service=git-upload-pack' && packets[1] === flush
  return announced ? packets.slice(2) : packets
}

export interface LsRefsOptions extends Advertisement {
  readonly agent: string
  /** Full names of refs, or how they begin. */
  readonly prefixes: readonly string[]
}

/** The question for refs, annotated tags peeled. */
export function lsRefsRequest({ objectFormat, agent, prefixes }: LsRefsOptions): string {
  return encodePackets([
    'command=ls-refs\n',
    `agent=${agent}\n`,
    `object-format=${objectFormat}\n`,
    delimiter,
    'peel\n',
    ...prefixes.map((prefix) => `ref-prefix ${prefix}\n`),
    flush,
  ])
}

/** Null when the answer is no list of refs. */
export function parseRefs(bytes: Uint8Array): Refs | null {
  const packets = decodePackets(bytes)
  if (packets?.at(-1) !== flush) return null
  const refs = new Map<string, string>()
  for (const line of packets.slice(0, -1)) {
    if (typeof line !== 'string') return null
    const match = /^([\da-f]{40}|[\da-f]{64}) ([^ ]+)((?: [^ ]+)*)$/.exec(line)
    if (!match) return null
    const [, hash = '', name = '', attributes = ''] = match
    refs.set(name, hash)
    const peeled = / peeled:([\da-f]{40,64})(?= |$)/.exec(attributes)?.[1]
    if (peeled !== undefined) refs.set(`${name}^{}`, peeled)
  }
  return refs
}
