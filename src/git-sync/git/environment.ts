import { dirname } from 'node:path'
import type { Env } from '#kit/options.ts'
import type { GitAuth } from './auth.ts'
import { firmSettings } from './firm-settings.ts'
import type { Setting } from './git-config.ts'
import { helpersOf } from './logins.ts'
import { withoutLogin } from './repository-url.ts'

/** They would point git at another repository than ours, or change what it says. */
const notOurs =
  /^GIT_(DIR|WORK_TREE|IMPLICIT_WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|GRAFT_FILE|SHALLOW_FILE|NO_REPLACE_OBJECTS|REPLACE_REF_BASE|INTERNAL_SUPER_PREFIX|NAMESPACE|PREFIX|CONFIG.*|ASKPASS|TRACE.*|CEILING_DIRECTORIES|EXTERNAL_DIFF|EDITOR|PAGER)$/

/**
 * They hold secrets, webhooks in the path and settings in headers, and who asks the askpass URL is
 * told one: no program may see them.
 */
const secretVariables =
  /^(GITSYNC|GIT_SYNC)_(PASSWORD|CREDENTIAL|GITHUB_APP_PRIVATE_KEY|WEBHOOK_URL|GIT_CONFIG)$|^(GITSYNC|GIT_SYNC|GIT)_ASKPASS_URL$/

/** Their URLs may hold a user and a password. */
const urlVariables = /^(GITSYNC|GIT_SYNC)_REPO$/

/** The environment without the variables that hold our secrets. */
export function withoutSecretVariables(env: Env): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || secretVariables.test(name)) continue
    kept[name] = urlVariables.test(name) ? withoutLogin(value) : value
  }
  return kept
}

/** Settings for each run, unless somebody wants others. Those of the machine add nothing. */
const settings: readonly Setting[] = [
  // What was fetched is one pack: a fetch that found the disk full leaves one file, not many.
  ['fetch.unpackLimit', '1'],
  ['checkout.workers', '0'],
  ['advice.detachedHead', 'false'],
  ['init.defaultBranch', 'git-sync'],
  // Without them git asks name servers who it is, for each tree: one that does not answer costs 5 s.
  ['user.name', 'git-sync'],
  ['user.email', 'git-sync@localhost'],
]

export interface GitEnvironmentOptions {
  readonly root: string
  readonly auth: GitAuth
  /** Somebody's own. */
  readonly settings?: readonly Setting[]
}

/** What git gets instead of our environment. Settings travel in variables: no file, no argument. */
export function gitEnvironment(
  env: Env,
  { root, auth, settings: own = [] }: GitEnvironmentOptions,
): Record<string, string> {
  const kept = withoutSecretVariables(env)
  for (const name of Object.keys(kept)) if (notOurs.test(name)) delete kept[name]
  const helpers = helpersOf(auth.logins)
  const config = [...settings, ...own, ...firmSettings, ...helpers.config, ...auth.config]
  return {
    ...kept,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    // Empty, and not away: else git would ask what $SSH_ASKPASS names.
    GIT_ASKPASS: '',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_OPTIONAL_LOCKS: '0',
    // A root whose .git is broken must not be taken for a part of a repository above it.
    GIT_CEILING_DIRECTORIES: dirname(root),
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
    ...helpers.env,
    ...auth.env,
  }
}
