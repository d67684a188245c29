import type { Process } from '#topz/model/table.ts'
import { aligned } from './aligned.ts'
import { visible } from './visible.ts'

/** What stands for a value that is not known: one word, and no number. */
const unknown = '-'

/**
 * The four columns that programs know: PID, CPU % of one core, MEM % of the host's memory, COMMAND.
 * No header, one process a line, columns padded to the left by one space.
 */
export function classicText(processes: readonly Process[]): string {
  const rows = processes.map((process) => [
    String(process.pid),
    process.cpuMillicores === null ? unknown : (process.cpuMillicores / 10).toFixed(2),
    process.memoryOfHost === null ? unknown : (process.memoryOfHost * 100).toFixed(2),
    visible(process.command),
  ])
  return aligned(rows)
    .map((line) => `${line}\n`)
    .join('')
}
