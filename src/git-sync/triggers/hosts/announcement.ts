import { shown, unreadable } from './body.ts'
import type { RefChange } from './host.ts'

/** What git takes as the name of a ref, or nearly: enough that it harms no log and no command. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const refName = /^refs\/[^\x00-\x20\x7f~^:?*[\\]{1,4000}$/
const hash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const zeros = /^0+$/

/**
 * One ref that moved. A hash of zeros tells that it was deleted, as null does; undefined tells nothing.
 *
 * @throws Error when `ref` is no full name of a ref, or `commit` is there and no full hash
 */
export function refChange(ref: unknown, commit: unknown): RefChange {
  if (typeof ref !== 'string' || !refName.test(ref)) {
    throw unreadable(`its ref is ${shown(ref)}, not the full name of one`)
  }
  if (commit === undefined) return { ref }
  if (commit === null) return { ref, commit }
  if (typeof commit !== 'string' || !hash.test(commit)) {
    throw unreadable(`the commit of ${shown(ref)} is ${shown(commit)}, not a full hash`)
  }
  return { ref, commit: zeros.test(commit) ? null : commit }
}

/** The full name of a branch or a tag; what is no text stays what it is. */
export function fullRef(kind: 'heads' | 'tags', name: unknown): unknown {
  return typeof name === 'string' ? `refs/${kind}/${name}` : name
}

/** The texts among `values` that can name a repository, each once. */
export function repositories(values: readonly unknown[]): readonly string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  const name = /^[^\x00-\x1f\x7f]{1,2000}$/
  const names = values.filter((value) => typeof value === 'string' && name.test(value))
  return [...new Set(names as readonly string[])]
}

/** An event in the host's words, short enough for a log. */
export function otherEvent(event: unknown): { readonly kind: 'other'; readonly event: string } {
  return { kind: 'other', event: typeof event === 'string' ? event.slice(0, 100) : 'unknown' }
}
