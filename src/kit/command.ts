import { closeSync } from 'node:fs'
import { constants as osConstants, setPriority } from 'node:os'
import { timer } from './clock.ts'
import { collect, outputOf } from './command-output.ts'
import type { Env } from './options.ts'
import { openPipe } from './pipe.ts'

/**
 * Programs are started here and nowhere else. Each leads a process group of its own, so that a
 * deadline reaches its children too: TERM to the group, and KILL when that does not end it.
 */
export interface CommandOptions {
  /** The whole environment of the program: nothing is inherited. */
  readonly env: Env
  readonly cwd?: string
  /** From the start to TERM; none without it. */
  readonly timeoutMs?: number
  /** From TERM to KILL. */
  readonly graceMs?: number
  /** Its abort counts as the deadline. */
  readonly stop?: AbortSignal
  /** Kept of stdout, its head, and of stderr, its tail: less of it. The rest is read and dropped. */
  readonly maxOutputBytes?: number
  /** Whatever else wants the processor has it first. */
  readonly isPatient?: boolean
  /** A descriptor of ours that it gets as number 3: a lock that it shall hold. */
  readonly inherit?: number
  /** What it leaves running ends with it: KILL. */
  readonly endsGroup?: boolean
  /** Each whole line of stderr as it comes: progress. */
  readonly onStderrLine?: (line: string) => void
}

/** How a program ended. `code` is null when a signal ended it. */
export interface Finished {
  readonly argv: readonly string[]
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  readonly ended: 'by-itself' | 'timeout' | 'stopped'
  readonly elapsedMs: number
}

/** A program that could not be started. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** Words for people, in which reasons are looked for: a flood of them must not take the time. */
const maxErrorBytes = 16 << 10

const living = new Set<number>()

/** KILL to all groups that still run: the last thing before an insisted exit. */
export function killAllCommands(): void {
  for (const pid of living) signalGroup(pid, 'SIGKILL')
}

/**
 * Runs a program to its end and tells how it ended, whatever its code.
 * @throws CommandError when it cannot be started.
 */
export async function command(argv: readonly string[], options: CommandOptions): Promise<Finished> {
  const { env, cwd, maxOutputBytes = 1 << 20, onStderrLine } = options
  const startedMs = performance.now()
  if (options.stop?.aborted) return notStarted(argv)
  const started = start(argv, { env, cwd, inherit: options.inherit })
  const { child } = started
  living.add(child.pid)
  if (options.isPatient) giveWay(child.pid)
  const deadline = watchDeadline(child.pid, options)
  const stdout = collect(started.stdout, { maxBytes: maxOutputBytes, keep: 'head' })
  const maxBytes = Math.min(maxOutputBytes, maxErrorBytes)
  const stderr = collect(started.stderr, { maxBytes, keep: 'tail', onStderrLine })
  await child.exited
  if (options.endsGroup) signalGroup(child.pid, 'SIGKILL')
  // A child of the child may hold the pipes open for ever; what it says later is not waited for.
  await Promise.race([Promise.all([stdout.closed, stderr.closed]), deadline.pipesGrace()])
  await Promise.all([stdout.close(), stderr.close()])
  deadline.clear()
  living.delete(child.pid)
  return {
    argv,
    code: child.signalCode === null ? child.exitCode : null,
    signal: child.signalCode === null ? null : String(child.signalCode),
    stdout: stdout.text(),
    stderr: stderr.text(),
    ended: deadline.reached(),
    elapsedMs: performance.now() - startedMs,
  }
}

/** `was stopped after 2.0 s`, or `failed: <its last words>`. */
export function howItEnded(finished: Finished): string {
  const seconds = (finished.elapsedMs / 1000).toFixed(1)
  const words = lastWords(finished)
  const said = words === '' ? '' : `: ${words}`
  if (finished.ended === 'timeout') return `ran into its time limit after ${seconds} s${said}`
  if (finished.ended === 'stopped') return `was stopped after ${seconds} s`
  if (finished.signal !== null) return `was ended by ${finished.signal}${said}`
  return said === '' ? `failed with exit code ${finished.code}` : `failed${said}`
}

function lastWords({ stderr, stdout }: Finished): string {
  const lines = (stderr.trim() === '' ? stdout : stderr).trim().split('\n').slice(-6)
  const words = lines
    .map((line) => line.split('\r').at(-1)?.trim())
    .filter(Boolean)
    .join(' | ')
  return words.length > 1000 ? `…${words.slice(-1000)}` : words
}

interface Started {
  readonly env: Env
  readonly cwd: string | undefined
  readonly inherit: number | undefined
}

function start(argv: readonly string[], { env, cwd, inherit }: Started) {
  const pipes = [openPipe(), openPipe()] as const
  const [stdout, stderr] = pipes
  try {
    const child = Bun.spawn([...argv], {
      env: { ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: [
        'ignore',
        stdout?.writeEnd ?? 'pipe',
        stderr?.writeEnd ?? 'pipe',
        ...(inherit === undefined ? [] : [inherit]),
      ],
      detached: true,
    })
    return { child, stdout: outputOf(child.stdout, stdout), stderr: outputOf(child.stderr, stderr) }
  } catch (cause) {
    for (const pipe of pipes) if (pipe !== null) closeSync(pipe.readEnd)
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CommandError(`Cannot run ${argv[0]}: ${why}`, { cause })
  } finally {
    for (const pipe of pipes) if (pipe !== null) closeSync(pipe.writeEnd)
  }
}

function notStarted(argv: readonly string[]): Finished {
  return {
    argv,
    code: null,
    signal: null,
    stdout: '',
    stderr: '',
    ended: 'stopped',
    elapsedMs: 0,
  }
}

interface Deadline {
  reached(): Finished['ended']
  /** How long to wait for pipes after the end: until the group is dead or a second has passed. */
  pipesGrace(): Promise<void>
  clear(): void
}

function watchDeadline(pid: number, { timeoutMs, graceMs = 2000, stop }: CommandOptions): Deadline {
  let reached: Finished['ended'] = 'by-itself'
  const timers: NodeJS.Timeout[] = []
  const end = (why: Finished['ended']): void => {
    if (reached !== 'by-itself') return
    reached = why
    signalGroup(pid, 'SIGTERM')
    timers.push(setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs))
  }
  const stopped = (): void => end('stopped')
  stop?.addEventListener('abort', stopped, { once: true })
  if (timeoutMs !== undefined) timers.push(timer(() => end('timeout'), timeoutMs))
  return {
    reached: () => reached,
    pipesGrace: () =>
      new Promise((resolve) => {
        timers.push(setTimeout(resolve, 1000))
      }),
    clear() {
      for (const timer of timers) clearTimeout(timer)
      stop?.removeEventListener('abort', stopped)
      // Its leader is gone: what is left of a group that was told to end ends now.
      if (reached !== 'by-itself') signalGroup(pid, 'SIGKILL')
    },
  }
}

/** As `nice` does. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, osConstants.priority.PRIORITY_LOW)
  } catch {
    // It has ended.
  }
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: the group has ended.
  }
}
