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

function shownValue(option: AnyOption, value: unknown): unknown {
  // A table's `shown` is written for its own option's kind, and the value is of that kind.
  const show = option.shown as ((value: unknown) => string) | undefined
  if (show !== undefined) return show(value)
  if (option.secret) return redacted
  return option.kind === 'duration' ? formatDuration(Number(value)) : value
}
