import { eventBytes } from '#kit/sse.ts'
import type { Table } from '#topz/model/table.ts'
import { jsonText } from './json.ts'

/** The event that brings a page up to date: the whole table, so that a page may miss any. */
export function tableEvent(table: Table): Uint8Array {
  return eventBytes(jsonText(table), 'table')
}
