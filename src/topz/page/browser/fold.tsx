import type { JSX } from 'preact'

interface FoldProps {
  readonly fold: 'open' | 'closed'
  /** What is below, in a word. */
  readonly what: string
  readonly onFold: () => void
}

/** Shows or hides what is below a line. */
export function Fold({ fold, what, onFold }: FoldProps): JSX.Element {
  return (
    <button
      type="button"
      class="fold"
      aria-expanded={fold === 'open'}
      aria-label={`${fold === 'open' ? 'Hide' : 'Show'} what is below ${what}`}
      onClick={onFold}
    >
      <span aria-hidden="true">{fold === 'open' ? '▾' : '▸'}</span>
    </button>
  )
}
