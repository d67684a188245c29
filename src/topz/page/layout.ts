import { groupsOf } from '#topz/model/groups.ts'
import { type Sums, sumsOf } from '#topz/model/sums.ts'
import { sumsOfNode, treeOf } from '#topz/model/tree.ts'
import type { Row } from './rows.ts'

/** How the rows stand: one below the other, below their parents, or below their containers. */
export const arrangements = ['list', 'tree', 'groups'] as const
export type Arrangement = (typeof arrangements)[number]

/** One line of the table. */
export type Line =
  | {
      readonly kind: 'process'
      readonly key: string
      readonly row: Row
      /** How many parents above it are shown. */
      readonly depth: number
      /** `none` without anything below it. */
      readonly fold: 'open' | 'closed' | 'none'
      /** Of itself and all below it, when it is closed. */
      readonly sums: Sums | null
    }
  | {
      readonly kind: 'group'
      readonly key: string
      readonly container: string
      readonly fold: 'open' | 'closed'
      readonly sums: Sums
    }

export interface Layout {
  readonly arrangement: Arrangement
  /** Keys of closed lines. */
  readonly closed: ReadonlySet<string>
}

/** The lines to show, in the order of the rows among brothers. */
export function linesOf(rows: readonly Row[], { arrangement, closed }: Layout): readonly Line[] {
  if (arrangement === 'tree') return treeLines(rows, closed)
  if (arrangement === 'groups') return groupLines(rows, closed)
  return rows.map((row) => plain(row, 0))
}

function plain(row: Row, depth: number): Line {
  const { key } = row.process
  return { kind: 'process', key, row, depth, fold: 'none', sums: null }
}

function treeLines(rows: readonly Row[], closed: ReadonlySet<string>): readonly Line[] {
  const byKey = new Map(rows.map((row) => [row.process.key, row]))
  const living = rows.filter(({ goneAtMs }) => goneAtMs === null)
  const lines: Line[] = []
  // without recursion: a chain of forks can be long
  const left = treeOf(living.map(({ process }) => process))
    .toReversed()
    .map((node) => ({ node, depth: 0 }))
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { node, depth } = next
    const row = byKey.get(node.process.key)
    if (row === undefined) continue
    const { key } = node.process
    const isClosed = closed.has(key)
    if (node.children.length === 0) lines.push(plain(row, depth))
    else {
      const sums = isClosed ? sumsOfNode(node) : null
      lines.push({ kind: 'process', key, row, depth, fold: isClosed ? 'closed' : 'open', sums })
    }
    if (isClosed) continue
    for (const child of node.children.toReversed()) left.push({ node: child, depth: depth + 1 })
  }
  // nobody's children any more: a PID they name may be another's by now
  for (const row of rows) if (row.goneAtMs !== null) lines.push(plain(row, 0))
  return lines
}

function groupLines(rows: readonly Row[], closed: ReadonlySet<string>): readonly Line[] {
  const living = rows.filter(({ goneAtMs }) => goneAtMs === null).map(({ process }) => process)
  const sums = new Map(groupsOf(living, 'container').map((group) => [group.key, group.sums]))
  const lines: Line[] = []
  for (const [container, members] of Map.groupBy(rows, ({ process }) => process.container)) {
    const key = `container ${container}`
    const fold = closed.has(key) ? 'closed' : 'open'
    lines.push({ kind: 'group', key, container, fold, sums: sums.get(container) ?? sumsOf([]) })
    if (fold === 'open') for (const row of members) lines.push(plain(row, 1))
  }
  return lines
}
