import type { Process, Table } from '#topz/model/table.ts'
import { type Column, type ColumnName, columns } from '../columns.ts'
import { labelsByKey } from '../order.ts'
import { visible } from '../visible.ts'

/** Programs choose their own names: past so many names in a pod, new ones count as `other`. */
const mostPrograms = 500

/** A program without a process for so long has no series any more, and leaves its place to another. */
const forgottenMs = 10 * 60_000

export type ProgramLabels = Readonly<Record<'container' | 'program', string>>

interface Program {
  readonly labels: ProgramLabels
  /** By field, of all its processes since it was first seen, those that ended too; null: never known. */
  readonly totals: (number | null)[]
  seenAtMs: number
}

/** Columns whose metric counts. */
const counted: readonly ColumnName[] = (Object.entries(columns) as [ColumnName, Column][])
  .filter(([, { metric }]) => metric?.type === 'counter')
  .map(([name]) => name)

/**
 * Processes added up by container and program. A total never runs back while its series is told: what an
 * ended process counted stays in it. A program that nobody has run for long goes with its series; when it
 * comes back its count begins anew, as Prometheus takes a program that was started again.
 */
export class Programs {
  readonly #programs = new Map<string, Program>()
  /** What was last known of each process that lives, by field as `counted`. */
  #known: ReadonlyMap<string, readonly (number | null)[]> = new Map()
  #table: Table | null = null

  update(table: Table): void {
    const labels = labelsByKey(table)
    const known = new Map<string, readonly (number | null)[]>()
    for (const process of table.processes) {
      const program = this.#programOf(process, labels)
      program.seenAtMs = table.takenAtMs
      const before = this.#known.get(process.key)
      const now = counted.map((name, at) => numberOf(process, name) ?? before?.[at] ?? null)
      known.set(process.key, now)
      for (const [at, value] of now.entries()) {
        if (value === null) continue
        // one that is first told of in mid-life has counted before anybody could see it
        const grown = before === undefined ? value : value - (before[at] ?? value)
        program.totals[at] = (program.totals[at] ?? 0) + Math.max(0, grown)
      }
    }
    this.#known = known
    this.#table = table
    for (const [key, { seenAtMs }] of this.#programs) {
      if (table.takenAtMs - seenAtMs >= forgottenMs) this.#programs.delete(key)
    }
  }

  /** The totals of a counting column. */
  readTotals(field: ColumnName, set: (labels: ProgramLabels, value: number) => void): void {
    const at = counted.indexOf(field)
    for (const { labels, totals } of this.#programs.values()) {
      const total = totals[at] ?? null
      if (total !== null) set(labels, micro(total))
    }
  }

  /** The sum of a column over the program's processes of now; their number without a column. */
  readSums(field: ColumnName | null, set: (labels: ProgramLabels, value: number) => void): void {
    if (this.#table === null) return
    const labels = labelsByKey(this.#table)
    const sums = new Map<Program, number>()
    for (const process of this.#table.processes) {
      const value = field === null ? 1 : numberOf(process, field)
      if (value === null) continue
      const program = this.#programOf(process, labels)
      sums.set(program, (sums.get(program) ?? 0) + value)
    }
    for (const [program, sum] of sums) set(program.labels, sum)
  }

  #programOf(process: Process, labels: ReadonlyMap<string, string>): Program {
    const container = visible(labels.get(process.container) ?? '')
    const own = visible(process.name)
    const known = this.#programs.get(`${container}\n${own}`)
    if (known !== undefined) return known
    const program = this.#programs.size < mostPrograms ? own : 'other'
    const key = `${container}\n${program}`
    const found = this.#programs.get(key)
    if (found !== undefined) return found
    const totals = counted.map(() => null)
    const made: Program = { labels: { container, program }, totals, seenAtMs: 0 }
    this.#programs.set(key, made)
    return made
  }
}

function numberOf(process: Process, name: ColumnName): number | null {
  const value = process[name]
  return typeof value === 'number' ? value : null
}

/** Sums of binary fractions say more than the kernel does. */
function micro(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
