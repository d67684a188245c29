import type { JSX } from 'preact'
import { duration, word } from '#topz/views/format.ts'
import { visible } from '#topz/views/visible.ts'
import { type TimeLine as Line, loadPath, placeOf } from '../past.ts'

interface TimeLineProps {
  readonly line: Line
  /** The moment that is shown; null is now. */
  readonly atMs: number | null
  readonly onAt: (atMs: number | null) => void
}

const box = { width: 1000, height: 34 }

/** The last minutes: drag along it, and the whole page shows that moment. */
export function TimeLine({ line, atMs, onAt }: TimeLineProps): JSX.Element {
  const { fromMs, toMs, marks } = line
  const at = atMs ?? toMs
  return (
    <section class="sheet time" aria-label="The last minutes">
      <span class="edge">{ago(toMs - fromMs)}</span>
      <div class="rail">
        <svg
          viewBox={`0 0 ${box.width} ${box.height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <path class="load" d={loadPath(line, box)} />
        </svg>
        {marks.map((mark) => (
          <Tick key={`${mark.atMs} ${mark.says}`} line={line} mark={mark} onAt={onAt} />
        ))}
        {atMs !== null && <span class="hand" style={left(placeOf(atMs, line))} />}
        <input
          type="range"
          aria-label="Moment"
          aria-valuetext={atMs === null ? 'now' : clockOf(at)}
          min={fromMs}
          max={toMs}
          step={1000}
          value={at}
          onInput={({ currentTarget }) => {
            const chosen = Number(currentTarget.value)
            onAt(chosen >= toMs - 1000 ? null : chosen)
          }}
        />
      </div>
      <span class="edge">now</span>
    </section>
  )
}

interface TickProps {
  readonly line: Line
  readonly mark: Line['marks'][number]
  readonly onAt: (atMs: number) => void
}

/** Comings and goings are a hint; what matters can be gone to. */
function Tick({ line, mark, onAt }: TickProps): JSX.Element {
  const { atMs, tone, says } = mark
  const style = left(placeOf(atMs, line))
  if (tone === 'faint') return <span class="tick faint" style={style} />
  const label = `${clockOf(atMs)}: ${visible(says)}`
  return (
    <button
      type="button"
      class={`tick ${tone}`}
      style={style}
      title={label}
      aria-label={label}
      onClick={() => onAt(atMs)}
    />
  )
}

function left(share: number): { readonly left: string } {
  return { left: `${Math.round(share * 1000) / 10}%` }
}

/** The time of day of the browser's own zone. */
export function clockOf(atMs: number): string {
  return new Date(atMs).toLocaleTimeString([], { hour12: false })
}

function ago(ms: number): string {
  return word(duration(ms / 1000))
}
