import type { JSX } from 'preact'
import type { Table } from '#topz/model/table.ts'
import { unknownMark } from '#topz/views/format.ts'

/** How the picture was taken, what is missing from it, and other ways to get it. */
export function Foot({ table }: { table: Table }): JSX.Element {
  const folded = new Set(table.containers.filter(({ kind }) => kind === 'pause').map((c) => c.key))
  const shown = table.processes.filter(({ container }) => !folded.has(container))
  const hidden = shown.filter(({ unknown }) =>
    Object.values(unknown).includes('another-user'),
  ).length
  const all = shown.length
  return (
    <footer class="foot">
      <span>
        {`One sample each ${((table.intervalMs ?? 0) / 1000).toFixed(1)} s, taken in ${Math.max(1, Math.round(table.sampleMs))} ms`}
      </span>
      {hidden > 0 && (
        <span>
          {`${all - hidden} of ${all} processes fully readable; run topz as the app's user to see `}
          {`what stands as ${unknownMark}`}
        </span>
      )}
      <span>
        <a href="topz.txt?wide">Text</a> <a href="topz.json">JSON</a> <a href="metrics">Metrics</a>
      </span>
      <span class="keys">
        <kbd>/</kbd> filter <kbd>s</kbd> sort <kbd>r</kbd> reverse <kbd>f</kbd> freeze
      </span>
    </footer>
  )
}
