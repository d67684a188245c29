import { makeAdminsDurable, makeTreeDurable } from '#git-sync/tree/durable.ts'
import type { Tree } from '#git-sync/tree/materialise.ts'
import { makeFilesDurable, makeFoldersDurable } from '#kit/durable.ts'

/** What --fsync adds. Each resolves when all of it is on the disk. @throws Error naming what is not. */
export interface Durability {
  /** The files and folders of a tree that nobody sees. */
  tree(tree: Tree): Promise<void>
  /** What git knows of a tree, to be called when it has its name. */
  admins(tree: Tree): Promise<void>
  files(paths: Iterable<string>): Promise<void>
  folders(paths: Iterable<string>): Promise<void>
}

export function openDurability(stop: AbortSignal): Durability {
  return {
    tree: (tree) => makeTreeDurable(tree, stop),
    admins: (tree) => makeAdminsDurable(tree, stop),
    files: (paths) => makeFilesDurable(paths, stop),
    folders: makeFoldersDurable,
  }
}
