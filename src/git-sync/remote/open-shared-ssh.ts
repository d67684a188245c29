import type { Git } from '#git-sync/git/git.ts'
import type { Clock } from '#kit/clock.ts'
import { formatDuration } from '#kit/duration.ts'
import type { Log } from '#kit/log.ts'
import type { Env } from '#kit/options.ts'
import type { SharedSsh } from './shared-ssh.ts'
import { socketPlace } from './socket-folder.ts'
import { sshPlaceOf } from './ssh-place.ts'

export interface OpenSharedSshOptions {
  readonly url: string
  readonly oneTime: boolean
  readonly periodMs: number
  readonly syncTimeoutMs: number
  readonly sshKeyFile: readonly string[]
  readonly sshKnownHostsFile: string
  readonly verbose: number
  readonly git: Git
  readonly root: string
  readonly env: Env
  readonly uid: number
  readonly pid: number
  readonly log: Log
  readonly clock: Clock
}

/** Beyond it a login costs less than the memory of who keeps the connection. */
const longestPeriodMs = 60_000

/** From it on ssh shows each login. */
const sshIsVerbose = 5

/**
 * What polls over ssh share, or null: the URL is not ssh's, there is one pass only, somebody has own
 * ways for ssh, or there is no place for its socket. That is said once, to who wants details.
 */
export async function openSharedSsh(options: OpenSharedSshOptions): Promise<SharedSsh | null> {
  const { env, root, uid, clock, log } = options
  const place = sshPlaceOf(options.url)
  if (place === null || options.oneTime) return null
  const parent = env.TMPDIR || '/tmp'
  const hindrance = hindranceOf(options)
  const found = hindrance === null ? socketPlace({ parent, root, uid, nowMs: clock.nowMs() }) : null
  if (found === null) {
    const why = hindrance ?? `${parent} has no room for a private folder with a short name`
    log.debug(1, 'each poll makes its own ssh connection', { why })
    return null
  }
  const { SharedSsh } = await import('./shared-ssh.ts')
  return new SharedSsh({ ...options, place, files: filesOf(options), socketPlace: found })
}

/** Why there is no sharing, or null. */
function hindranceOf({ env, git, periodMs, verbose, pid }: OpenSharedSshOptions): string | null {
  if (periodMs > longestPeriodMs)
    return `--period is longer than ${formatDuration(longestPeriodMs)}`
  if (verbose >= sshIsVerbose) return `ssh shows each connection from -v=${sshIsVerbose} on`
  // Somebody's own program, or own hosts behind the names: what it does with a connection is its own.
  const own = ['GIT_SSH_COMMAND', 'GIT_SSH', 'GIT_SSH_VARIANT'].find((name) => env[name])
  if (own !== undefined) return `$${own} is given`
  if (git.program !== 'git') return '--git is given'
  if (git.settings.some(([key]) => /^(core\.sshcommand$|ssh\.|url\.)/i.test(key))) {
    return '--git-config says how git finds ssh or its hosts'
  }
  return pid === 1 ? 'as process 1 nobody would bury the ssh that ends' : null
}

/** What ssh reads, as far as we know of it, for a login. */
function filesOf({ sshKeyFile, sshKnownHostsFile, env }: OpenSharedSshOptions): readonly string[] {
  const keys = sshKeyFile.flatMap((file) => [file, `${file}.pub`, `${file}-cert.pub`])
  const hosts = [sshKnownHostsFile, '/etc/ssh/ssh_known_hosts']
  return [...keys, ...hosts, '/etc/ssh/ssh_config', `${env.HOME ?? ''}/.ssh/config`]
}
