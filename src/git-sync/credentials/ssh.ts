import type { Env } from '#kit/options.ts'
import type { Credential } from './credential.ts'

export interface SshOptions {
  readonly keyFiles: readonly string[]
  /** False trusts any host. */
  readonly checkHosts: boolean
  readonly knownHostsFile: string
  readonly verbosity: number
  /** Its GIT_SSH_COMMAND is kept as the beginning. */
  readonly env: Env
}

/** Keys and known hosts for ssh, which reads them for each connection, and skips a missing key. */
export function sshCredential(options: SshOptions): Credential {
  const { keyFiles, checkHosts, knownHostsFile, verbosity, env } = options
  const settings = [
    // Not by -i, which looks for the file before it has replaced `%%`.
    ...keyFiles.filter(Boolean).map((file) => `IdentityFile=${pathWord(file)}`),
    'BatchMode=yes',
    `StrictHostKeyChecking=${checkHosts ? 'yes' : 'no'}`,
    `UserKnownHostsFile=${checkHosts ? pathWord(knownHostsFile) : '/dev/null'}`,
  ]
  const words = [env.GIT_SSH_COMMAND || 'ssh']
  if (verbosity >= 5) words.push(verbosity >= 9 ? '-vvv' : verbosity >= 7 ? '-vv' : '-v')
  for (const setting of settings) words.push('-o', quoted(setting))
  const command = words.join(' ')
  return { refresh: async () => ({ env: { GIT_SSH_COMMAND: command } }) }
}

/** One word of ssh's configuration (ssh_config(5)), in which words like `%h` would be replaced. */
function pathWord(path: string): string {
  return `"${path.replaceAll('%', '%%').replace(/["\\]/g, '\\$&')}"`
}

/** One word for the shell that git hands the command to. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
