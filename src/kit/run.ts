import { writeSync } from 'node:fs'
import { basename } from 'node:path'
import { type Clock, systemClock } from './clock.ts'
import { killAllCommands } from './command.ts'
import { createLog, type Log, reasonOf } from './log.ts'
import {
  type Env,
  type OptionTable,
  type Parsed,
  parseOptions,
  type Refused,
  type ValuesOf,
} from './options.ts'
import { signalName } from './signals.ts'
import { isTerminal } from './terminal.ts'
import { version } from './version.ts'
import { isUtcHere } from './zone.ts'

/** Everything a daemon may know of the world outside. */
export interface World<V> {
  readonly options: V
  /** Names of the options that were set by somebody. */
  readonly given: ReadonlySet<string>
  readonly log: Log
  readonly clock: Clock
  readonly env: Env
  /** Aborted by the first TERM or INT: finish what must be whole, then return. */
  readonly stop: AbortSignal
  /** Calls `act` at each signal of that number from now on, instead of what the kernel would do. */
  readonly onSignal: (number: number, act: () => void) => void
  /** From now on a stop by that signal has the daemon's own exit code: nothing is left undone. */
  readonly endsWellBy: (number: number) => void
  readonly pid: number
  readonly uid: number
  readonly gid: number
  readonly version: string
  /** Writes one line to standard output. */
  readonly stdout: (line: string) => void
}

export interface Program<T extends OptionTable> {
  readonly options: T
  /** Returns the exit code. A thrown error is logged as one line and exits 1. */
  readonly daemon: (world: World<ValuesOf<T>>) => Promise<number>
  /** Looks at all options together, instead of each by its own check. */
  readonly settle?: (parsed: Parsed<ValuesOf<T>>) => Parsed<ValuesOf<T>> | Refused
  /** Told of a command line that is refused, before the exit. */
  readonly refused?: (refused: Refused) => Promise<void>
}

/** From the first signal to the exit that is insisted on when the daemon does not return. */
const shutdownMs = 10_000

const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const

/** The name the program was started by, and the words after it. */
export function called(): { readonly name: string; readonly args: readonly string[] } {
  return { name: basename(process.argv0), args: process.argv.slice(2) }
}

/** Says on standard error why nothing runs, and sets the exit code. */
export function refuse(message: string, exitCode: number): number {
  line(2, message)
  process.exitCode = exitCode
  return exitCode
}

/** Prints one line to standard output. */
export function print(text: string): void {
  line(1, text)
}

/**
 * Runs one program from its command line to its exit code: 0 to 2 as the daemon says, 128+n after a
 * signal. The first TERM or INT lets the daemon finish, the second one insists.
 */
export async function run<const T extends OptionTable>(program: Program<T>): Promise<number> {
  const table = program.options
  const words = called().args
  const args = words[0] === table.program ? words.slice(1) : words // `sidecars topz …`
  const { settle } = program
  const parsed = parseOptions(table, { args, env: process.env, ...(settle ? { settle } : {}) })
  if (parsed.kind === 'refused') {
    await program.refused?.(parsed)
    const advice = `(${table.program} --help shows all options)`
    return refuse(`${table.program}: ${parsed.message} ${advice}`, parsed.exitCode)
  }
  if (parsed.kind === 'asked') {
    line(1, parsed.text)
    return 0
  }
  const verbosity = 'verbose' in parsed.values ? Number(parsed.values.verbose) : 0
  const isSeen = isTerminal(2)
  const log = createLog({
    verbosity,
    clock: systemClock,
    write: (text) => line(2, text),
    readable: isSeen,
    ...(isSeen ? { draw: (text) => written(2, text) } : {}),
    utc: isUtcHere(process.env),
  })
  for (const warning of parsed.warnings) log.warn(warning)
  if (parsed.positional.length > 0) {
    log.warn('words that are no option are ignored', { words: parsed.positional })
  }
  const stop = stopOnSignals(log)
  const code = await guarded(
    () =>
      program.daemon({
        options: parsed.values,
        given: parsed.given,
        log,
        clock: systemClock,
        env: { ...process.env },
        stop: stop.signal,
        onSignal,
        endsWellBy: stop.endsWellBy,
        pid: process.pid,
        uid: process.getuid?.() ?? 0,
        gid: process.getgid?.() ?? 0,
        version,
        stdout: (text) => line(1, text),
      }),
    log,
  )
  const exitCode = stop.exitCode() ?? code
  exitSoon(exitCode)
  return exitCode
}

async function guarded(daemon: () => Promise<number>, log: Log): Promise<number> {
  try {
    return await daemon()
  } catch (error) {
    log.error('ending', { error: reasonOf(error) })
    if (error instanceof Error) log.debug(1, 'where it happened', { stack: error.stack ?? '' })
    return 1
  }
}

function onSignal(number: number, act: () => void): void {
  const name = signalName(number)
  if (name === null) throw new Error(`Cannot wait for signal ${number}: there is none`)
  process.on(name, act)
}

interface Stop {
  readonly signal: AbortSignal
  readonly endsWellBy: (number: number) => void
  /** 128+n of the signal that stopped it; null when none did, or when that is a good end. */
  exitCode(): number | null
}

function stopOnSignals(log: Log): Stop {
  const stop = new AbortController()
  const good = new Set<number>()
  let by: number | null = null
  const insist = (): void => {
    killAllCommands()
    process.exit(128 + (by ?? 0))
  }
  for (const [name, number] of Object.entries(signalNumbers)) {
    process.on(name, () => {
      if (by !== null) return insist()
      by = number
      log.info('stopping', { signal: name })
      setTimeout(insist, shutdownMs).unref()
      stop.abort()
    })
  }
  for (const name of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(name, (error: unknown) => {
      const stack = error instanceof Error ? error.stack : null
      log.error('unexpected fault', { error: reasonOf(error), stack })
      killAllCommands()
      process.exit(1)
    })
  }
  return {
    signal: stop.signal,
    endsWellBy: (number) => void good.add(number),
    exitCode: () => (by === null || good.has(by) ? null : 128 + by),
  }
}

/** Handles left open (a browser's stream, a slow hook) do not hold the exit up. */
function exitSoon(code: number): void {
  setTimeout(() => {
    killAllCommands()
    process.exit(code)
  }, 100).unref()
}

function line(descriptor: 1 | 2, text: string): void {
  written(descriptor, `${text}\n`)
}

function written(descriptor: 1 | 2, text: string): void {
  try {
    writeSync(descriptor, text)
  } catch {
    // Nobody reads: there is nobody to tell.
  }
}
