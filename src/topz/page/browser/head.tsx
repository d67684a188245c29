import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Table } from '#topz/model/table.ts'
import { visible } from '#topz/views/visible.ts'
import type { Line } from './live.ts'

interface HeadProps {
  readonly table: Table
  readonly host: string
  readonly line: Line | 'frozen'
  readonly gotAtMs: number
  /** The time of day of a moment that is gone, when one is shown. */
  readonly past: string | null
  readonly children: ComponentChildren
}

/** The verdict, where it holds, and whether it still does. */
export function Head({ table, host, line, gotAtMs, past, children }: HeadProps): JSX.Element {
  return (
    <header class="head">
      <span class={`tone ${table.verdictTone}`} aria-hidden="true" />
      <div class="says">
        <h1>{visible(table.verdict)}</h1>
        <p class="where">
          <b>{host}</b>
          {table.podUid !== null && <span class="uid"> · pod {visible(table.podUid)}</span>}
        </p>
      </div>
      <div class="tools">
        {past === null ? (
          <Liveness line={line} gotAtMs={gotAtMs} intervalMs={table.intervalMs} />
        ) : (
          <span class="line frozen" role="status">{`As it was at ${past}`}</span>
        )}
        {children}
      </div>
    </header>
  )
}

/** Says plainly when the picture is old. */
function Liveness(props: {
  line: HeadProps['line']
  gotAtMs: number
  intervalMs: number | null
}): JSX.Element {
  const { line, gotAtMs, intervalMs } = props
  const [nowMs, setNowMs] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.max(0, Math.round((nowMs - gotAtMs) / 1000))
  const late = seconds * 1000 > Math.max(5_000, 3 * (intervalMs ?? 0))
  const [tone, says] =
    line === 'frozen'
      ? (['frozen', `Frozen ${seconds} s ago`] as const)
      : line === 'lost'
        ? (['late', `Connection lost: this was ${seconds} s ago`] as const)
        : late
          ? (['late', `No news for ${seconds} s`] as const)
          : (['live', 'Live'] as const)
  return (
    <span class={`line ${tone}`} role="status">
      {says}
    </span>
  )
}
