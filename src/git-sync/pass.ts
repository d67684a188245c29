import type { Agreed, Verified } from '#git-sync/gate/gate.ts'
import type { Placed, Published } from '#git-sync/publish/publish.ts'
import type { Tip } from '#git-sync/remote/remote.ts'
import type { Fetched } from '#git-sync/tree/fetch.ts'
import type { Tree } from '#git-sync/tree/materialise.ts'
import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import type { Served } from '#git-sync/tree/served.ts'

/** The stages of a pass. Each takes only what the one before it returned. */
export interface Stages {
  /** What is served, or null when that fails its check. */
  current(): Promise<Served | null>
  resolve(): Promise<Tip>
  /** True when the repository has the tip's commit with the history that is wanted. */
  holds(tip: Tip): Promise<boolean>
  /** The commit that was published last, when the repository still has it. */
  lastPublished(): Fetched | null
  fetch(tip: Tip): Promise<Fetched>
  /** Makes the repository usable again after a failure that may be its fault; true when it did. */
  mend(error: unknown): Promise<boolean>
  /** Asks whether the commit may become a tree, or stay. @throws RefusedCommitError when not. */
  verify(fetched: Fetched): Promise<Verified>
  materialise(verified: Verified): Promise<Tree>
  /** Asks those who must agree. @throws RefusedCommitError when one does not. */
  gate(tree: Tree): Promise<Agreed>
  /** Gives the tree the name that it will be served under. */
  place(agreed: Agreed): Promise<Placed>
  /** Tells hooks that it is about to be served; never waits. */
  prePublish(placed: Placed): void
  publish(placed: Placed): Promise<Published>
  /** Tells hooks and files; never waits. */
  notify(published: Published): void
}

export type Outcome =
  | { readonly kind: 'unchanged'; readonly served: Served }
  | { readonly kind: 'published'; readonly published: Published }

/** The commit that is served after a good pass. */
export function commitOf(outcome: Outcome): string {
  return outcome.kind === 'published' ? outcome.published.commit : outcome.served.commit
}

/**
 * One pass from the remote to the link. When the remote cannot be asked and what is served is
 * damaged, the last published commit is built again from what is here, and the pass still fails.
 */
export async function pass(stages: Stages): Promise<Outcome> {
  const current = await stages.current()
  const tip = await stages.resolve().catch(async (error: unknown) => {
    if (current === null) await restore(stages)
    throw error
  })
  const held = await stages.holds(tip)
  if (current !== null && held && tip.commit === current.commit) {
    await stages.verify(current)
    return { kind: 'unchanged', served: current }
  }
  const build = async (): Promise<Agreed | Served> => {
    const last = stages.lastPublished()
    const fetched = held && last !== null ? last : await stages.fetch(tip)
    if (fetched.commit !== current?.commit) return make(stages, fetched)
    await stages.verify(fetched)
    return current
  }
  const built = await build().catch(async (error: unknown) => {
    if (await stages.mend(error)) return make(stages, await stages.fetch(tip))
    if (current === null && error instanceof RefusedCommitError) await restore(stages)
    throw error
  })
  if (!('path' in built)) return { kind: 'unchanged', served: built }
  return { kind: 'published', published: await bring(stages, built) }
}

/** From a commit to a tree of it that may be served. */
async function make(stages: Stages, fetched: Fetched): Promise<Agreed> {
  return stages.gate(await stages.materialise(await stages.verify(fetched)))
}

/** From there to one that is served, and told of. */
async function bring(stages: Stages, agreed: Agreed): Promise<Published> {
  const placed = await stages.place(agreed)
  stages.prePublish(placed)
  const published = await stages.publish(placed)
  stages.notify(published)
  return published
}

async function restore(stages: Stages): Promise<void> {
  const last = stages.lastPublished()
  if (last !== null) await bring(stages, await make(stages, last))
}
