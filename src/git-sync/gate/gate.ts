import type { Git } from '#git-sync/git/git.ts'
import type { Fetched } from '#git-sync/tree/fetch.ts'
import { keptCommit } from '#git-sync/tree/kept-index.ts'
import type { Layout } from '#git-sync/tree/layout.ts'
import { discard, type Tree } from '#git-sync/tree/materialise.ts'
import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import { restoreTree } from '#git-sync/tree/restore.ts'
import { demandSubdir } from '#git-sync/tree/subdir.ts'
import { demandLinks, type LinkRules } from '#git-sync/tree/symlinks.ts'
import type { AskOptions, GateCommand } from './command.ts'
import type { Signatures } from './signatures.ts'

declare const agreedBrand: unique symbol

declare const verifiedBrand: unique symbol

/** A commit of which a tree may be built. Only a gate makes one. */
export type Verified = Fetched & { readonly [verifiedBrand]: true }

/** A tree that may be served. Only a gate makes one. */
export type Agreed = Tree & { readonly [agreedBrand]: true }

export interface GateOptions extends LinkRules {
  readonly layout: Layout
  /** Each null when nobody wants it. */
  readonly signatures: Signatures | null
  readonly command: GateCommand | null
}

export interface VerifyOptions {
  readonly git: Git
  readonly stop: AbortSignal
}

export interface AgreeOptions extends AskOptions {
  readonly git: Git
}

/** What must agree before a commit is served. */
export interface Gate extends AsyncDisposable {
  /**
   * `ref` is where the commit was found.
   * @throws RefusedCommitError again of a commit that was refused: it stays as it is
   */
  recall(commit: string, ref: string): void
  /**
   * Only a commit of which a tree may be built, or that may stay.
   * @throws RefusedCommitError when it may not
   */
  verify(fetched: Fetched, how: VerifyOptions): Promise<Verified>
  /**
   * Only a tree that may be served, and that is what it was.
   * @throws RefusedCommitError when it may not
   * @throws GateError when nobody could tell; whatever is thrown, the tree is gone
   */
  agree(tree: Tree, how: AgreeOptions): Promise<Agreed>
}

export function createGate(options: GateOptions): Gate {
  const { layout, subdir, signatures, command } = options
  let refused: RefusedCommitError | null = null
  return {
    recall(commit, ref) {
      if (refused?.commit === commit) throw refused
      signatures?.recall(commit, ref)
    },
    async verify(fetched, how) {
      await signatures?.verify(fetched.commit, how)
      return fetched as Verified
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
    async [Symbol.asyncDispose]() {
      await signatures?.[Symbol.asyncDispose]()
    },
  }
}
