export type Environment = Readonly<Record<string, string | undefined>>

/**
 * npm's own variables, those that point git at another repository, and settings of sidecars that
 * happen to be set on this machine: none of them is meant for what is started here.
 */
const notMeant =
  /^(npm_|GITSYNC_|GIT_SYNC_|TOPZ_|GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+|CONFIG_PARAMETERS|QUARANTINE_PATH|EXEC_PATH|AUTHOR_.*|COMMITTER_.*|TRACE.*)$)/

/** The person's environment (their ssh agent, proxy and git configuration) without what would disturb. */
export function environmentFor(outer: Environment): Environment {
  return Object.fromEntries(Object.entries(outer).filter(([name]) => !notMeant.test(name)))
}
