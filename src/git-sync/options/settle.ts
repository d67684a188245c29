import { type Parsed, type Refused, type ValuesOf, wrongValueIn } from '#kit/options.ts'
import { contradictionIn } from './contradictions.ts'
import { withoutOldNames } from './old-names.ts'
import { options } from './options.ts'

export type GitSyncOptions = ValuesOf<typeof options>

/**
 * What the options mean together: old names become new ones, then values that cannot be are
 * refused, and last those that cannot be together.
 */
export function settle(parsed: Parsed<GitSyncOptions>): Parsed<GitSyncOptions> | Refused {
  const settled = withoutOldNames(parsed)
  if (settled.kind === 'refused') return settled
  const { values } = settled
  const message = wrongValueIn(options, values) ?? contradictionIn(values)
  return message === null ? settled : { kind: 'refused', exitCode: 1, message, values }
}
