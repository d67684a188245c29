import type { Table } from '#topz/model/table.ts'

/** The class of each container's colour, by key: six hues, then from the start again. */
export type Hues = ReadonlyMap<string, string>

/** By the order of the table, which is stable while its containers are. */
export function huesOf(table: Table): Hues {
  return new Map(table.containers.map(({ key }, at) => [key, `hue${(at % 6) + 1}`]))
}
