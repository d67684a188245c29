import type { Env } from '#kit/options.ts'
import { withoutSecretVariables } from './environment.ts'

/**
 * What a hook gets: our environment without secrets, and git's trust in trees that another user may
 * have made. A volume outlives the user that wrote to it first.
 */
export function hookEnvironment(env: Env): Record<string, string> {
  const count = Number(env.GIT_CONFIG_COUNT ?? 0)
  return {
    ...withoutSecretVariables(env),
    [`GIT_CONFIG_KEY_${count}`]: 'safe.directory',
    [`GIT_CONFIG_VALUE_${count}`]: '*',
    GIT_CONFIG_COUNT: String(count + 1),
  }
}
