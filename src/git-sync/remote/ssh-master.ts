import { lstatSync, readdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#kit/clock.ts'
import { command, howItEnded } from '#kit/command.ts'
import type { Env } from '#kit/options.ts'
import { isPrivate, makeSocketFolder } from './socket-folder.ts'
import type { SshPlace } from './ssh-place.ts'

export interface SshMasterOptions {
  readonly place: SshPlace
  /** Where the folder for its socket is made. */
  readonly socketPlace: string
  readonly uid: number
  /** Words for a shell, as git gets them in `GIT_SSH_COMMAND`. */
  readonly ssh: string
  readonly env: Env
  /** Nobody has used it for so long: then it ends by itself, also when we were killed. */
  readonly idleMs: number
  readonly clock: Clock
  readonly stop: AbortSignal
}

/** An ssh in the background with an open connection, which other ssh may use by its socket. */
export interface SshMaster {
  /** The `ssh` given, which asks by this connection, or makes its own when it cannot. */
  readonly ssh: string
  /** False when it has ended, or when somebody put another thing in the place of its folder. */
  lives(): boolean
  end(): Promise<void>
}

/** Two in a row without an answer are the end: a network that drops all in silence is seen so. */
const alive = ['ServerAliveInterval=5', 'ServerAliveCountMax=2']

/** From TERM to KILL. */
const graceMs = 500

/** A question to a process beside us: only a machine that is very busy takes so long. */
const checkMs = 3000

/**
 * Opens a connection. It has no descriptor of ours, no secret in its environment, and holds no folder.
 * The name of its socket (`%C`) is a digest of host, port and user: an ssh that means other ones does
 * not find it.
 * @throws Error when there is no room for the socket, or with what ssh said.
 */
export async function startSshMaster(options: SshMasterOptions): Promise<SshMaster> {
  const { place, ssh, env, idleMs, clock, stop, uid } = options
  const folder = makeSocketFolder(options.socketPlace, uid)
  const path = `ControlPath=${folder}/%C`
  const idle = `ControlPersist=${Math.ceil(idleMs / 1000)}`
  const settings = ['ControlMaster=yes', path, idle, ...alive, 'ClearAllForwardings=yes']
  // Not to our pipe: older ssh hold it as long as the connection stands.
  const said = join(folder, 'said')
  const script = `exec ${ssh} -N ${asOptions(settings)} "$@" 2>${said}`
  const words = [...(place.port === null ? [] : ['-p', place.port]), place.destination]
  try {
    const given = { env: { ...env, LC_ALL: 'C' }, cwd: '/', graceMs }
    const finished = await command(['sh', '-c', script, 'ssh', ...words], { ...given, stop })
    const stderr = readFileSync(said, 'utf8')
    unlinkSync(said)
    if (finished.code !== 0) throw new Error(`ssh ${howItEnded({ ...finished, stderr })}`)
    const pid = await pidOf(folder, given)
    if (pid === null) throw new Error('ssh does not tell that it shares its connection')
    return {
      // Errors alone: of them it can be seen that it had to make its own.
      ssh: `${ssh} ${asOptions(['ControlMaster=no', path, 'LogLevel=ERROR'])}`,
      lives: () => isPrivate(folder, uid) && socketIn(folder) !== null,
      async end() {
        await endProcess(pid, { folder, clock })
        remove(folder)
      },
    }
  } catch (error) {
    await control(folder, { ask: 'exit', env })
    remove(folder)
    throw error
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

function asOptions(settings: readonly string[]): string {
  return settings.map((setting) => `-o ${setting}`).join(' ')
}

function socketIn(folder: string): string | null {
  try {
    const path = join(folder, readdirSync(folder)[0] ?? '')
    return lstatSync(path).isSocket() ? path : null
  } catch {
    return null // Somebody removed it.
  }
}

/** What was started has left a child in its place, which alone knows its number. */
async function pidOf(folder: string, { env }: { readonly env: Env }): Promise<number | null> {
  const said = await control(folder, { ask: 'check', env })
  const pid = /\(pid=(\d+)\)/.exec(said)?.[1]
  return pid === undefined ? null : Number(pid)
}

async function control(
  folder: string,
  { ask, env }: { readonly ask: 'check' | 'exit'; readonly env: Env },
): Promise<string> {
  const socket = socketIn(folder)
  if (socket === null) return ''
  const words = [
    '-F',
    'none',
    '-o',
    `ControlPath=${socket}`,
    '-O',
    ask,
    'the-host-is-not-looked-at',
  ]
  const { stdout, stderr } = await command(['ssh', ...words], {
    env,
    cwd: '/',
    timeoutMs: checkMs,
    graceMs,
  })
  return stdout + stderr
}

/** By its number alone: one that hangs hears no question. */
async function endProcess(
  pid: number,
  { folder, clock }: { readonly folder: string; readonly clock: Clock },
): Promise<void> {
  const lives = (): boolean => commandLineOf(pid).includes(`${folder}/`)
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const untilMs = clock.monotonicMs() + graceMs
    if (!lives()) return
    try {
      process.kill(pid, signal)
    } catch {
      return // It has ended.
    }
    while (lives() && clock.monotonicMs() < untilMs) await clock.sleep(5)
  }
}

/** Empty for one that has ended: its number may be another one's now. */
function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
