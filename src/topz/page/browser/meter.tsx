import type { JSX } from 'preact'
import { toneOf } from '#topz/model/tone.ts'

/**
 * A bar that is a share of a limit, 0 to 1. It is drawn, not styled: the page's security policy
 * allows no inline style.
 */
export function Meter({ share, label }: { share: number; label: string }): JSX.Element {
  const width = Math.min(100, share > 0 ? Math.max(share * 100, 1.5) : 0)
  return (
    <svg class={`meter ${toneOf(share)}`} role="img" aria-label={label} preserveAspectRatio="none">
      <title>{label}</title>
      <rect class="track" width="100%" height="100%" />
      <rect class="fill" width={`${width}%`} height="100%" />
    </svg>
  )
}
