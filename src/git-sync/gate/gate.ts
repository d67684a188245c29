import type { Git } from '#git-sync/git/git.ts'
import type { Fetched } from '#git-sync/tree/fetch.ts'
import type { Layout } from '#git-sync/tree/layout.ts'
import { discard, type Tree } from '#git-sync/tree/materialise.ts'
import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import { openFolder } from '#git-sync/tree/remove-all.ts'
import { restoreTree } from '#git-sync/tree/restore.ts'
import { patternsOf } from '#git-sync/tree/sparse.ts'
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
  /** Builds the same commit anew. */
  readonly rebuild: () => Promise<Tree>
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
   * Only a tree that may be served, and that is what it was, or a new one of its commit.
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
        if (command === null) return tree as Agreed
        const patterns = await patternsOf(tree.admin)
        await command.ask(tree, how)
        return (await undone(tree, { ...how, layout, patterns })) as Agreed
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

/**
 * Consumers get the commit, and not what somebody made of it. Where nobody can tell what that is, as
 * on a file system without hard links, or when the private folder was changed, it is built anew.
 */
async function undone(
  tree: Tree,
  how: AgreeOptions & { readonly layout: Layout; readonly patterns: string | null },
): Promise<Tree> {
  try {
    const isFolder = await openFolder(tree.path)
    if (isFolder && (await patternsOf(tree.admin)) === how.patterns) {
      await restoreTree(tree, how)
      return tree
    }
  } catch (error) {
    if (how.stop.aborted) throw error
  }
  await discard(tree.path, how.layout)
  return how.rebuild()
}
