import { useEffect, useState } from 'preact/hooks'
import type { PodSeries } from '#topz/history/series.ts'
import type { Table } from '#topz/model/table.ts'
import { type TimeLine, timeLineOf } from '../past.ts'

/** The line moves a hundredth of its length in this time. */
const againMs = 10_000

/** The line of time, brought up to date while somebody looks; null when nothing is kept. */
export function useTimeLine(): TimeLine | null {
  const [line, setLine] = useState<TimeLine | null>(null)
  useEffect(() => {
    async function load(): Promise<void> {
      if (document.hidden) return
      try {
        const answer = await fetch('topz/history.json')
        if (answer.ok) setLine(timeLineOf((await answer.json()) as PodSeries))
      } catch {
        // the page says already that its connection is lost
      }
    }
    void load()
    const timer = setInterval(load, againMs)
    return () => clearInterval(timer)
  }, [])
  return line
}

/**
 * The table of a moment, null for now. While one is fetched the one before stays.
 *
 * @param onGone Told when nothing that old is kept.
 */
export function usePastTable(atMs: number | null, onGone: () => void): Table | null {
  const [table, setTable] = useState<Table | null>(null)
  useEffect(() => {
    if (atMs === null) {
      setTable(null)
      return
    }
    // who drags asks for many: only the last is waited for
    const left = new AbortController()
    fetch(`topz.json?at=${atMs}`, { signal: left.signal })
      .then(async (answer) => {
        if (answer.ok) setTable((await answer.json()) as Table)
        else if (answer.status === 404) onGone()
      })
      .catch(() => {})
    return () => left.abort()
  }, [atMs])
  return atMs === null ? null : table
}
