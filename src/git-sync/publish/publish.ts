import type { Agreed } from '#git-sync/gate/gate.ts'
import type { Commit } from '#git-sync/git/refs.ts'
import type { Named, Served } from '#git-sync/tree/served.ts'

/** A tree at the place where it will be served from. Only a publisher's `place` makes one. */
export interface Placed {
  readonly commit: Commit
  /** Where it stands now. */
  readonly tree: string
  /** The tree has other files than the one before of the same commit: options changed. */
  readonly isRemade?: boolean
}

/** A tree that consumers find. */
export interface Published extends Placed {
  /** Where they find it. */
  readonly link: string
}

/** Something that is not ours stands where we publish: a person must act, the host is well. */
export class PlaceTakenError extends Error {
  override readonly name = 'PlaceTakenError'
}

/** One way to make a tree the one that is served. */
export interface Publisher {
  /** @throws PlaceTakenError when `publish` would not succeed whatever the tree. */
  check(): Promise<void>
  /** Gives the tree its name. @throws Error when it cannot; then nothing is served that was not. */
  place(tree: Agreed): Promise<Placed>
  /**
   * In one step, but for a mode that says otherwise.
   * @throws Error naming the path when it cannot; then what was served stays served.
   */
  publish(placed: Placed): Promise<Published>
  /**
   * False when consumers find something else than this tree: it must be published again.
   * @param served with the folder that the link names, when that was read a moment ago
   */
  stands(served: Served & Partial<Pick<Named, 'folder'>>): Promise<boolean>
  /** True for a folder that it will use again: nothing else may remove it. */
  holds(path: string): boolean
}
