import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Which of many lines are near the part of the page that is seen. */
export interface Seen {
  readonly from: number
  readonly to: number
}

/** Rendered beyond both ends, so that quick scrolling shows no gap. */
const spare = 20

/** Fewer are all rendered: then the browser's own search finds each of them. */
const worthIt = 300

/**
 * The lines to render of a table that scrolls with the page. All lines have one height.
 *
 * @param body The element that holds the lines.
 */
export function useSeen(body: RefObject<HTMLElement | null>, count: number, height: number): Seen {
  const [seen, setSeen] = useState<Seen>({ from: 0, to: worthIt })
  useEffect(() => {
    function look(): void {
      const top = body.current?.getBoundingClientRect().top ?? 0
      const first = Math.floor(-top / height)
      // in steps, so that a pixel of scrolling renders nothing
      const from = Math.max(0, Math.floor((first - spare) / 10) * 10)
      const to = Math.ceil((first + innerHeight / height + spare) / 10) * 10
      setSeen((before) => (before.from === from && before.to === to ? before : { from, to }))
    }
    look()
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [body, height])
  return count <= worthIt
    ? { from: 0, to: count }
    : { from: Math.min(seen.from, count), to: Math.min(seen.to, count) }
}
