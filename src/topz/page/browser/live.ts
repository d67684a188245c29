import type { Table } from '#topz/model/table.ts'
import { applyDelta, type Delta } from '#topz/views/delta.ts'

/** How the page hears of the pod: `lost` while it tries to hear again. */
export type Line = 'live' | 'lost'

export interface Listener {
  readonly onTable: (table: Table) => void
  readonly onLine: (line: Line) => void
}

const retryMs = 3_000

/**
 * Follows the stream of tables. A hidden page closes it: nobody looks, so nothing needs to be
 * sampled. The browser reconnects by itself when a connection breaks, but not when it was refused.
 */
export function follow({ onTable, onLine }: Listener): void {
  let source: EventSource | null = null
  let newest: Table | null = null

  function open(): void {
    if (source !== null || document.hidden) return
    const opened = new EventSource('topz/stream')
    source = opened
    opened.addEventListener('table', (event) => {
      newest = JSON.parse(event.data) as Table
      onTable(newest)
      onLine('live')
    })
    opened.addEventListener('delta', (event) => {
      const delta = JSON.parse(event.data) as Delta
      if (newest === null || newest.takenAtMs !== delta.since) {
        close()
        open() // one was missed: begin with a whole table
        return
      }
      newest = applyDelta(newest, delta)
      onTable(newest)
      onLine('live')
    })
    opened.onerror = () => {
      onLine('lost')
      if (opened.readyState !== EventSource.CLOSED) return
      close()
      setTimeout(open, retryMs)
    }
  }

  function close(): void {
    source?.close()
    source = null
    newest = null
  }

  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()))
  open()
}
