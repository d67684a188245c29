import type { Clock } from '#kit/clock.ts'
import type { RequestInfo } from '#kit/http.ts'
import { createEventStreams } from '#kit/sse.ts'
import type { Table } from '#topz/model/table.ts'
import { TableStream } from '#topz/views/stream.ts'
import type { Moments } from './moments.ts'

/** A team in an incident has the page open, each some times. One more costs a socket and some kB. */
const mostViewers = 128

export interface ViewersOptions {
  readonly clock: Clock
  /** Where tables come from while somebody looks. */
  readonly moments: Pick<Moments, 'watch'>
  /** Bytes that wait for each viewer, by its port, as `createEventStreams` takes them. */
  readonly unsent?: () => ReadonlyMap<number, number> | null
}

/** Those who follow the pod. While there are any, moments are watched; each is written once for all. */
export interface Viewers {
  /** The answer to one more: `first` at once, and what changes from then on; or `whole` tables. */
  open(
    info: Pick<RequestInfo, 'idleLimit' | 'remotePort'>,
    options: { readonly first: Table; readonly whole: boolean },
  ): Response
  /** A new moment for all. */
  show(table: Table): void
  readonly count: number
  /** Ends all; those who come later end at once. */
  close(): void
}

export function createViewers({ clock, moments, unsent }: ViewersOptions): Viewers {
  const tables = new TableStream()
  let unwatch: (() => void) | null = null

  const streams = createEventStreams({
    clock,
    limit: mostViewers,
    ...(unsent === undefined ? {} : { unsent }),
    onCount(count) {
      if (count > 0) {
        unwatch ??= moments.watch(show)
        return
      }
      unwatch?.()
      unwatch = null
      tables.clear()
    },
  })

  function show(table: Table): void {
    tables.show(table)
    streams.wake()
  }

  return {
    open(info, { first, whole }) {
      show(first)
      return streams.open(info, tables.viewer({ whole }))
    },
    show,
    get count() {
      return streams.count
    },
    close: () => streams.close(),
  }
}
