import type { Clock } from '#kit/clock.ts'
import { formatAddress, parseBind } from '#kit/http.ts'
import { request } from '#kit/http-client.ts'
import type { Log } from '#kit/log.ts'
import { addressesOf } from '#kit/name-lookup.ts'
import { randomHex } from '#kit/random-hex.ts'
import { createSlot, type Slot } from '#kit/slot.ts'
import type { PushCounts } from './push-counts.ts'
import { smallPush } from './small-push.ts'

export interface PeersOptions {
  /** `HOST:PORT`: a name with the addresses of all replicas. */
  readonly name: string
  /** As `--ref` says. */
  readonly ref: string
  readonly counts: PushCounts
  readonly clock: Clock
  readonly log: Log
  readonly stop: AbortSignal
}

/** A proven delivery. */
export interface Passed {
  readonly headers: Headers
  /** Null when it was too large to be kept. */
  readonly bytes: Uint8Array | null
  readonly secrets: readonly string[]
}

/** All replicas behind one name. */
export interface Peers {
  /** Hands it to each of them as it came, unless it was handed to us like that. Never waits. */
  pass(delivery: Passed): void
  /** True for what this process has handed to all, itself included. */
  isOwn(headers: Headers): boolean
}

/** Tells who has passed it on, so that it ends there. */
const hopHeader = 'sidecars-hop'

const timeoutMs = 5_000

/** Those of one connection, and those that the next request has of itself. */
const notPassedOn = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'host', 'content-length', 'expect', 'accept-encoding'],
])

export function createPeers(options: PeersOptions): Peers {
  const { counts, clock, log, stop } = options
  const { hostname, port } = parseBind(options.name)
  const self = randomHex(8)
  const slots = new Map<string, Slot<Passed>>()
  // Who is slow gets the newest delivery when he is done with one, and holds up nobody else.
  const slotOf = (handle: (delivery: Passed) => Promise<void>): Slot<Passed> =>
    createSlot({ handle, backoffMs: 0, clock, stop })

  async function hand(address: string, { headers, bytes, secrets }: Passed): Promise<void> {
    const push = bytes === null ? smallPush(options.ref, secrets) : null
    try {
      const { status } = await request(`http://${address}/push`, {
        method: 'POST',
        headers: { ...(push?.headers ?? passedOn(headers)), [hopHeader]: self },
        body: push?.body ?? bytes ?? '',
        timeoutMs,
        stop,
        redirects: 'refuse',
        mayBreakOff: true,
        // A proxy leads out of the cluster.
        env: {},
      })
      if (status < 200 || status > 299) throw new Error(`it answered ${status}`)
      counts.passedOn('success')
    } catch (error) {
      if (stop.aborted) return
      counts.passedOn('error')
      log.warn('cannot pass a push on to a peer', { peer: address, error })
    }
  }

  const all = slotOf(async (delivery) => {
    try {
      const found = await addressesOf(hostname)
      const addresses = new Set(found.map((one) => formatAddress({ hostname: one, port })))
      for (const gone of [...slots.keys()].filter((one) => !addresses.has(one))) slots.delete(gone)
      for (const address of addresses) {
        const slot = slots.get(address) ?? slotOf((one) => hand(address, one))
        slots.set(address, slot)
        slot.put(delivery)
      }
    } catch (error) {
      counts.passedOn('error')
      log.warn('cannot find the peers of --push-peers', { peers: options.name, error })
    }
  })

  return {
    pass(delivery) {
      if (!delivery.headers.has(hopHeader)) all.put(delivery)
    },
    isOwn: (headers) => headers.get(hopHeader) === self,
  }
}

function passedOn(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of headers) {
    // In this spelling it replaces the one of our own requests.
    if (!notPassedOn.has(name)) kept[name === 'user-agent' ? 'User-Agent' : name] = value
  }
  return kept
}
