/** One line of a table, and how many rows look so. */
export interface Folded<Row> {
  readonly row: Row
  readonly count: number
}

/** Two alike are worth their two lines. */
const fewest = 3

/**
 * Rows that look the same as one, in the place of the first of them: thousands of zombies are a line.
 *
 * @param look What is shown of a row, as one text.
 * @param join One row that stands for two.
 */
export function folded<Row>(
  rows: readonly Row[],
  { look, join }: { readonly look: (row: Row) => string; readonly join: (a: Row, b: Row) => Row },
): readonly Folded<Row>[] {
  const groups = Map.groupBy(rows, look)
  const lines: Folded<Row>[] = []
  const done = new Set<string>()
  for (const row of rows) {
    const key = look(row)
    const group = groups.get(key) ?? []
    if (group.length < fewest) lines.push({ row, count: 1 })
    else if (!done.has(key)) {
      done.add(key)
      lines.push({ row: group.reduce(join), count: group.length })
    }
  }
  return lines
}
