import type { Parsed, Refused, ValuesOf } from '#kit/options.ts'
import { contradictionIn } from './contradictions.ts'
import { withoutOldNames } from './old-names.ts'
import type { options } from './options.ts'

export type GitSyncOptions = ValuesOf<typeof options>

/** What the options mean together: old names become new ones, and those that cannot be are refused. */
export function settle(parsed: Parsed<GitSyncOptions>): Parsed<GitSyncOptions> | Refused {
  const settled = withoutOldNames(parsed)
  if (settled.kind === 'refused') return settled
  const message = contradictionIn(settled.values)
  if (message === null) return settled
  return { kind: 'refused', exitCode: 1, message, values: settled.values }
}
