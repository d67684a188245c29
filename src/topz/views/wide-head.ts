import type { Container, Table } from '#topz/model/table.ts'
import { aligned } from './aligned.ts'
import { type Amount, bytes, cores, limit, percent, unknownMark, word } from './format.ts'
import { visible } from './visible.ts'

/** What matters and what the containers use, as lines that begin with `#`: `grep -v '^#'` is the rows. */
export function headLines(
  table: Table,
  { containers }: { readonly containers: readonly Container[] },
): readonly string[] {
  const rows = containers.map((container) => [
    oneWord(container.label),
    used(container.cpuMillicores, container.cpuLimitMillicores, cores),
    used(container.memoryBytes, container.memoryLimitBytes, bytes),
    container.throttled === null
      ? noneOr(container, 'throttled')
      : word(percent(container.throttled)),
    container.oomKills === null ? noneOr(container, 'oomKills') : String(container.oomKills),
    over(container.pids, container.pidsLimit),
    String(container.processes),
  ])
  const right = [false, true, true, true, true, true, true]
  const lines = aligned([titles, ...rows], { right })
  return [visible(table.verdict), '', ...lines, ''].map((line) => (line === '' ? '#' : `# ${line}`))
}

const titles = ['CONTAINER', 'CPU', 'MEMORY', 'THROTTLED', 'OOM', 'THREADS', 'PROCESSES']

/** `640m/1`, `18Mi` without a limit. */
function used(value: number | null, most: number | null, write: (value: number) => Amount): string {
  if (value === null) return unknownMark
  return most === null ? word(write(value)) : `${word(write(value))}/${word(write(most))}`
}

function over(value: number | null, most: number | null): string {
  if (value === null) return unknownMark
  return most === null ? String(value) : `${value}/${limit(most)}`
}

/** Without a limit there is nothing that could be throttled, which is no gap in what is known. */
function noneOr({ unknown }: Container, field: string): string {
  return unknown[field] === 'no-limit' ? '-' : unknownMark
}

/** A name that programs can cut lines at. */
export function oneWord(text: string): string {
  return visible(text).replaceAll(' ', '␠')
}
