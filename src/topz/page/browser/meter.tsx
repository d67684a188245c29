import type { JSX } from 'preact'

/** Shares of a limit from which a bar says "near it" and "at it". */
const amberShare = 0.7
const redShare = 0.9

/**
 * A bar that is a share of a limit, 0 to 1. It is drawn, not styled: the page's security policy
 * allows no inline style.
 */
export function Meter({ share, label }: { share: number; label: string }): JSX.Element {
  const width = Math.min(100, share > 0 ? Math.max(share * 100, 1.5) : 0)
  const tone = share >= redShare ? 'at' : share >= amberShare ? 'near' : ''
  return (
    <svg class={`meter ${tone}`} role="img" aria-label={label} preserveAspectRatio="none">
      <title>{label}</title>
      <rect class="track" width="100%" height="100%" />
      <rect class="fill" width={`${width}%`} height="100%" />
    </svg>
  )
}
