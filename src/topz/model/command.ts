import type { Facts } from '#topz/sample/sample.ts'
import { maskSecrets } from './mask.ts'

/** Masking costs more than a whole row, and facts stay the same object while nothing changes. */
const known = new WeakMap<Facts, string>()

/** Arguments joined by spaces, secrets masked; `[name]` for kernel threads and zombies. */
export function commandOf(facts: Facts): string {
  const before = known.get(facts)
  if (before !== undefined) return before
  const shown = maskSecrets(facts.args).join(' ')
  const command = facts.args.length === 0 ? `[${facts.name}]` : facts.argsCut ? `${shown}…` : shown
  known.set(facts, command)
  return command
}
