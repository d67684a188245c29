import type { Commit } from '#git-sync/git/refs.ts'
import type { Tree } from '#git-sync/tree/materialise.ts'

export interface Published {
  readonly commit: Commit
  /** Where it stands now. */
  readonly tree: string
}

/** Something that is not ours stands where we publish: a person must act, the host is well. */
export class PlaceTakenError extends Error {
  override readonly name = 'PlaceTakenError'
}

/** One way to make a tree the one that is served, in one step. */
export interface Publisher {
  /** @throws PlaceTakenError when `publish` would not succeed whatever the tree. */
  check(): Promise<void>
  /** @throws Error naming the path when it cannot; then what was served stays served. */
  publish(tree: Tree): Promise<Published>
}
