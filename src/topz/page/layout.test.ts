import { expect, test } from 'bun:test'
import { madeUpProcess } from '#topz/model/made-up-pod.ts'
import type { Process } from '#topz/model/table.ts'
import { type Arrangement, type Line, linesOf } from './layout.ts'
import type { Row } from './rows.ts'

function row(pid: number, about: Partial<Process> = {}, goneAtMs: number | null = null): Row {
  const process = madeUpProcess(pid, { cpuMillicores: pid, ...about })
  return { process, newUntilMs: 0, goneAtMs, smoothMillicores: null }
}

const rows = [
  row(9, { parentPid: 3 }),
  row(3, { parentPid: 1 }),
  row(1),
  row(5, { container: 'other-id' }),
  row(4, { parentPid: 3 }, 1000),
]

function seen(arrangement: Arrangement, ...closed: string[]): readonly string[] {
  return linesOf(rows, { arrangement, closed: new Set(closed) }).map(shown)
}

function shown(line: Line): string {
  const cpu = line.sums === null ? '' : ` Σ${line.sums.cpuMillicores}`
  if (line.kind === 'group') return `${line.container} ${line.fold}${cpu}`
  return `${'  '.repeat(line.depth)}${line.row.process.pid} ${line.fold}${cpu}`
}

test('a list is the rows as they come', () => {
  expect(seen('list')).toEqual(['9 none', '3 none', '1 none', '5 none', '4 none'])
})

test('a tree has children below their parents, brothers in order, the gone at its end', () => {
  expect(seen('tree')).toEqual(['1 open', '  3 open', '    9 none', '5 none', '4 none'])
})

test('a closed line shows what all below it come to', () => {
  expect(seen('tree', '1.100')).toEqual(['1 closed Σ13', '5 none', '4 none'])
  expect(seen('tree', '3.100')).toEqual(['1 open', '  3 closed Σ12', '5 none', '4 none'])
})

test('groups add up their containers, without those that are gone', () => {
  expect(seen('groups')).toEqual([
    ...['app-id open Σ13', '  9 none', '  3 none', '  1 none', '  4 none'],
    ...['other-id open Σ5', '  5 none'],
  ])
  expect(seen('groups', 'container app-id')).toEqual([
    ...['app-id closed Σ13', 'other-id open Σ5', '  5 none'],
  ])
})
