import type { Git } from '#git-sync/git/git.ts'
import { keptCommit } from '#git-sync/tree/kept-index.ts'
import type { Layout } from '#git-sync/tree/layout.ts'
import { discard, type Tree } from '#git-sync/tree/materialise.ts'
import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import { restoreTree } from '#git-sync/tree/restore.ts'
import { demandSubdir } from '#git-sync/tree/subdir.ts'
import { demandLinks, type LinkRules } from '#git-sync/tree/symlinks.ts'
import type { AskOptions, GateCommand } from './command.ts'

declare const agreedBrand: unique symbol

/** A tree that may be served. Only a gate makes one. */
export type Agreed = Tree & { readonly [agreedBrand]: true }

export interface GateOptions extends LinkRules {
  readonly layout: Layout
  /** Null when nobody wants to be asked. */
  readonly command: GateCommand | null
}

export interface AgreeOptions extends AskOptions {
  readonly git: Git
}

/** What must agree before a commit is served. */
export interface Gate {
  /** @throws RefusedCommitError again of a commit that was refused: it stays as it is. */
  recall(commit: string): void
  /**
   * Only a tree that may be served, and that is what it was.
   * @throws RefusedCommitError when it may not
   * @throws GateError when nobody could tell; whatever is thrown, the tree is gone
   */
  agree(tree: Tree, how: AgreeOptions): Promise<Agreed>
}

export function createGate(options: GateOptions): Gate {
  const { layout, subdir, command } = options
  let refused: RefusedCommitError | null = null
  return {
    recall(commit) {
      if (refused?.commit === commit) throw refused
    },
    async agree(tree, how) {
      try {
        demandSubdir(tree, subdir)
        await demandLinks(tree, options)
        if (command !== null) {
          await command.ask(tree, how)
          // Consumers get the commit, and not what somebody made of it. Where the file system has no
          // hard links nobody can tell what that is.
          if ((await keptCommit(tree.admin)) !== null) await restoreTree(tree, { ...how, layout })
        }
        return tree as Agreed
      } catch (error) {
        if (error instanceof RefusedCommitError) refused = error
        await discard(tree.path, layout)
        throw error
      }
    },
  }
}
