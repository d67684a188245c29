import { budgetText, verdictOn } from './budget.ts'
import type { Measured } from './run.ts'
import { digits, figureText, rangeText } from './units.ts'

const heading = ['what', 'ours', 'beside it', 'ratio', 'peer', 'ratio', 'budget'] as const

/** The table, for terminals and for Markdown alike. */
export function table(measured: readonly Measured[]): string {
  const lines = [heading, ...measured.map(cells)]
  const widths = heading.map((_, column) =>
    Math.max(...lines.map((line) => Bun.stringWidth(line[column] ?? ''))),
  )
  const text = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => padded(cell, widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [text(heading), rule, ...lines.slice(1).map(text)].join('\n')
}

const notMeasured = 'not measured'

function cells({ row, figures, medians }: Measured): readonly string[] {
  const { unit, beside } = row
  const { ours } = medians
  const ownText =
    ours === null
      ? notMeasured
      : rangeText([ours, Math.min(...figures.ours), Math.max(...figures.ours)], unit)
  const figure = (value: number | null): string =>
    value === null ? notMeasured : figureText(value, unit)
  return [
    row.what,
    ownText,
    beside === undefined ? '' : `${beside} ${figure(medians.beside)}`,
    ratioText(ours, medians.beside),
    row.peer === false ? '' : figure(medians.peer),
    ratioText(ours, medians.peer),
    budgetCell({ row, medians }),
  ]
}

/** Ours as a multiple of theirs. */
function ratioText(ours: number | null, theirs: number | null): string {
  if (ours === null || theirs === null || theirs === 0) return ''
  const ratio = ours / theirs
  return ratio > 0 && ratio < 0.1 ? ratio.toPrecision(2) : digits(ratio)
}

function budgetCell({ row, medians }: Pick<Measured, 'row' | 'medians'>): string {
  const text = budgetText(row)
  if (text === '') return ''
  const words = { kept: text, missed: `**missed** ${text}`, unknown: `${text}: ${notMeasured}` }
  return words[verdictOn(row.budget ?? [], medians)]
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(width - Bun.stringWidth(text))
}
