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

/** Keys and known hosts for ssh. A key file that is missing is no error: ssh skips it. */
export function sshCredential(options: SshOptions): Credential {
  const { keyFiles, checkHosts, knownHostsFile, verbosity, env } = options
  const words = [env.GIT_SSH_COMMAND || 'ssh']
  if (verbosity >= 5) words.push(verbosity >= 9 ? '-vvv' : verbosity >= 7 ? '-vv' : '-v')
  for (const file of keyFiles) words.push('-i', quoted(file))
  words.push('-o', 'BatchMode=yes', '-o', `StrictHostKeyChecking=${checkHosts ? 'yes' : 'no'}`)
  words.push(
    '-o',
    checkHosts
      ? quoted(`UserKnownHostsFile=${inQuotes(literal(knownHostsFile))}`)
      : 'UserKnownHostsFile=/dev/null',
  )
  const command = words.join(' ')
  return { refresh: async () => ({ env: { GIT_SSH_COMMAND: command } }) }
}

/** ssh replaces words like `%h` in paths. */
function literal(path: string): string {
  return path.replaceAll('%', '%%')
}

/** One word of ssh's configuration. */
function inQuotes(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** One word for the shell that git hands the command to. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
