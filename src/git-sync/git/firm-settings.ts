import { canonicalKey, type Setting } from './git-config.ts'

/** What the safety of the root rests on: these have the last word, whatever `--git-config` says. */
export const firmSettings: readonly Setting[] = [
  // The repository is the one that the root names, whoever owns it.
  ['safe.directory', '*'],
  // A cleaning in the background would prune what a pass has just fetched, and outlive its lock.
  ['gc.autoDetach', 'false'],
  ['maintenance.auto', 'false'],
  // Programs that git would start by itself: none comes with the content of a repository.
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  // Submodules are ours to fetch: each has its store, its credentials and its depth.
  ['fetch.recurseSubmodules', 'false'],
  ['submodule.recurse', 'false'],
  // We read the index for them, where all of it has to be.
  ['core.splitIndex', 'false'],
  // A tree may stand where this container does not see it; ours tell by themselves which are gone.
  ['gc.worktreePruneExpire', 'never'],
]

/** Keys of those among `settings` that have no effect, because ours has the last word. */
export function overruledKeys(settings: readonly Setting[]): readonly string[] {
  const firm = new Map(firmSettings.map(([key, value]) => [canonicalKey(key), value]))
  return settings
    .filter(([key, value]) => (firm.get(canonicalKey(key)) ?? value) !== value)
    .map(([key]) => key)
}
