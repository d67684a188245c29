/** What a credential adds to a run of git: settings, and variables that the settings refer to. */
export interface GitAuth {
  readonly config: readonly (readonly [key: string, value: string])[]
  readonly env: Readonly<Record<string, string>>
}

export const noAuth: GitAuth = { config: [], env: {} }

export function joinAuth(auths: readonly GitAuth[]): GitAuth {
  return {
    config: auths.flatMap(({ config }) => config),
    env: Object.assign({}, ...auths.map(({ env }) => env)),
  }
}
