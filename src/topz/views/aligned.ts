/** How text stands in its column. */
export interface Alignment {
  /** Columns whose cells stand at the right, as numbers do. */
  readonly right?: readonly boolean[]
}

/** Lines of cells: every column but the last is as wide as its widest cell, and one space is between. */
export function aligned(
  rows: readonly (readonly string[])[],
  { right = [] }: Alignment = {},
): readonly string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, text] of row.entries()) {
      const widest = Math.max(widths[at] ?? 0, widthOf(text))
      widths[at] = at === row.length - 1 && !right[at] ? 0 : widest
    }
  }
  const pad = (text: string, at: number): string => {
    const spaces = ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(text)))
    return right[at] ? spaces + text : text + spaces
  }
  return rows.map((row) => row.map(pad).join(' '))
}

/** The text in at most so many columns of a terminal, its end replaced by `…` when it is longer. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let kept = ''
  let width = 1
  for (const character of text) {
    width += widthOf(character)
    if (width > columns) break
    kept += character
  }
  return `${kept}…`
}

/** Columns of a terminal: Chinese signs take two, accents of their own none. */
export function widthOf(text: string): number {
  return Bun.stringWidth(text)
}
