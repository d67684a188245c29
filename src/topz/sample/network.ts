import type { Figure } from '#topz/procfs/missing.ts'
import { missingOf } from '#topz/procfs/missing.ts'
import { parseNetDev } from '#topz/procfs/net-dev.ts'
import type { StateCounts } from '#topz/procfs/net-tcp.ts'
import { countStates, noStates, tcpReader } from '#topz/procfs/net-tcp.ts'
import { readPieces, readText } from '#topz/procfs/read-file.ts'
import type { SocketCounts } from '#topz/procfs/sockstat.ts'
import { parseSockstat, parseSockstat6 } from '#topz/procfs/sockstat.ts'
import type { SampledNetwork, TcpState } from './sample.ts'

export interface NetworkOptions {
  readonly procRoot: string
  readonly monotonicMs: () => number
}

/** By the kernel's number, include/net/tcp_states.h; a connection not yet accepted is listed as 3. */
const numbers: Readonly<Record<TcpState, number>> = {
  established: 1,
  'syn-sent': 2,
  'syn-received': 3,
  'fin-wait-1': 4,
  'fin-wait-2': 5,
  'time-wait': 6,
  closed: 7,
  'close-wait': 8,
  'last-ack': 9,
  listening: 10,
  closing: 11,
}

/** A list of these takes some 25 ms, in which nothing else is done. */
const mostListed = 10_000

const mostListedBytes = 4 << 20

/**
 * To list sockets the kernel walks a table as large as the machine's memory asks for: milliseconds,
 * also where there are none. So it is done again after so many times the time it took: 0.2 % of a CPU.
 */
const restAfterListing = 500

/** The network that we share with the other containers of the pod. */
export class Network {
  readonly #options: NetworkOptions
  #states: StateCounts | null = null
  #nextListingMs = 0

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  /** Never throws: null when the kernel tells nothing of a network. */
  read(): SampledNetwork | null {
    const readAtMs = this.#options.monotonicMs()
    try {
      const traffic = parseNetDev(readText(this.#path('dev'), 1 << 20))
      return { readAtMs, ...traffic, tcp: this.#tcp() }
    } catch {
      return null
    }
  }

  #tcp(): Record<TcpState, Figure> {
    const counts = this.#ask('sockstat', parseSockstat)
    const tcp6 = this.#ask('sockstat6', parseSockstat6) ?? 0
    const all = counts === null ? 0 : counts.tcp + counts.timeWait + tcp6
    const figure = all > mostListed ? (): Figure => 'too-many' : this.#figures(counts, tcp6)
    const found = Object.entries(numbers).map(([state, number]) => [state, figure(number)])
    return {
      ...(Object.fromEntries(found) as Record<TcpState, Figure>),
      ...(counts === null ? {} : { 'time-wait': counts.timeWait }),
    }
  }

  #figures(counts: SocketCounts | null, tcp6: number): (state: number) => Figure {
    try {
      const states = this.#listed({ tcp: counts?.tcp !== 0, tcp6: tcp6 > 0 })
      return (state) => states[state] ?? 0
    } catch (error) {
      const missing = missingOf(error, 'not-offered')
      return () => missing
    }
  }

  /** From a list that is not too old, or from a new one; without those files that would be empty. */
  #listed(files: Readonly<Record<'tcp' | 'tcp6', boolean>>): StateCounts {
    const beganMs = this.#options.monotonicMs()
    if (this.#states !== null && beganMs < this.#nextListingMs) return this.#states
    const states = noStates()
    for (const file of ['tcp', 'tcp6'] as const) {
      if (!files[file]) continue
      const reader = tcpReader(states)
      readPieces(this.#path(file), mostListedBytes, (bytes, length) =>
        countStates(bytes, length, reader),
      )
    }
    const endedMs = this.#options.monotonicMs()
    this.#nextListingMs = endedMs + restAfterListing * (endedMs - beganMs)
    this.#states = states
    return states
  }

  #ask<T>(file: string, parse: (text: string) => T): T | null {
    try {
      return parse(readText(this.#path(file), 65536))
    } catch {
      return null
    }
  }

  #path(file: string): string {
    return `${this.#options.procRoot}/self/net/${file}`
  }
}
