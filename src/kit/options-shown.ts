import { formatDuration } from './duration.ts'
import type { AnyOption, OptionTable, RawValues } from './options.ts'
import { redacted } from './secret.ts'

/** What a log may tell of the options that somebody set: by flag, in the order of the table. */
export function shownOptions(
  table: OptionTable,
  { values, given }: { readonly values: Readonly<RawValues>; readonly given: ReadonlySet<string> },
): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(table.options)) {
    if (given.has(name)) shown[option.flag] = shownValue(option, values[name])
  }
  return shown
}

/** The values of secret options: no line of a log may show them, wherever they come from. */
export function secretTexts(table: OptionTable, values: Readonly<RawValues>): readonly string[] {
  return Object.entries(table.options)
    .filter(([, option]) => option.secret)
    .flatMap(([name]) => values[name])
    .filter((value) => typeof value === 'string' && value !== '')
    .map(String)
}

function shownValue(option: AnyOption, value: unknown): unknown {
  // A table's `shown` is written for its own option's kind, and the value is of that kind.
  const show = option.shown as ((value: unknown) => string) | undefined
  if (show !== undefined) return show(value)
  if (option.secret) return redacted
  return option.kind === 'duration' ? formatDuration(Number(value)) : value
}
