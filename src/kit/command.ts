import type { Env } from './options.ts'

/**
 * Programs are started here and nowhere else. Each leads a process group of its own, so that a
 * deadline reaches its children too: TERM to the group, and KILL when that does not end it.
 */
export interface CommandOptions {
  /** The whole environment of the program: nothing is inherited. */
  readonly env: Env
  readonly cwd?: string
  /** Written to its standard input, which is then closed; without it the input is empty. */
  readonly input?: string
  /** From the start to TERM; none without it. */
  readonly timeoutMs?: number
  /** From TERM to KILL. */
  readonly graceMs?: number
  /** Its abort counts as the deadline. */
  readonly stop?: AbortSignal
  /** Kept of each output: the head of stdout, the tail of stderr. The rest is read and dropped. */
  readonly maxOutputBytes?: number
  /** A descriptor of ours that it gets as number 3: a lock that it shall hold. */
  readonly inherit?: number
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
  readonly stdoutTruncated: boolean
  readonly ended: 'by-itself' | 'timeout' | 'stopped'
  readonly elapsedMs: number
}

/** A program that could not be started, or that was wanted to succeed and did not. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly finished: Finished | null

  constructor(message: string, { finished, cause }: { finished?: Finished; cause?: unknown } = {}) {
    super(message, { cause })
    this.finished = finished ?? null
  }
}

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
  const { env, cwd, input, maxOutputBytes = 1 << 20, onStderrLine } = options
  const startedMs = performance.now()
  if (options.stop?.aborted) return notStarted(argv)
  const child = start(argv, { env, cwd, input, inherit: options.inherit })
  living.add(child.pid)
  const deadline = watchDeadline(child.pid, options)
  const stdout = collect(child.stdout, { maxBytes: maxOutputBytes, keep: 'head' })
  const stderr = collect(child.stderr, { maxBytes: maxOutputBytes, keep: 'tail', onStderrLine })
  await child.exited
  // A child of the child may hold the pipes open for ever; what it says later is not waited for.
  await Promise.race([Promise.all([stdout.closed, stderr.closed]), deadline.pipesGrace()])
  stdout.cancel()
  stderr.cancel()
  deadline.clear()
  living.delete(child.pid)
  return {
    argv,
    code: child.signalCode === null ? child.exitCode : null,
    signal: child.signalCode === null ? null : String(child.signalCode),
    stdout: stdout.text(),
    stderr: stderr.text(),
    stdoutTruncated: stdout.truncated(),
    ended: deadline.reached(),
    elapsedMs: performance.now() - startedMs,
  }
}

/**
 * Runs a program that must succeed.
 * @throws CommandError "NAME failed: …" with the last lines it said, when it does not.
 */
export async function succeed(argv: readonly string[], options: CommandOptions): Promise<Finished> {
  const finished = await command(argv, options)
  if (finished.code === 0 && finished.ended === 'by-itself') return finished
  throw new CommandError(`${shortName(argv)} ${howItEnded(finished)}`, { finished })
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

function shortName(argv: readonly string[]): string {
  const [program = '', ...rest] = argv
  const first = rest.find((word) => /^[a-z][\w-]*$/.test(word))
  const base = program.slice(program.lastIndexOf('/') + 1)
  return first === undefined ? base : `${base} ${first}`
}

interface Started {
  readonly env: Env
  readonly cwd: string | undefined
  readonly input: string | undefined
  readonly inherit: number | undefined
}

function start(argv: readonly string[], { env, cwd, input, inherit }: Started) {
  try {
    return Bun.spawn([...argv], {
      env: { ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: [
        input === undefined ? 'ignore' : new TextEncoder().encode(input),
        'pipe',
        'pipe',
        ...(inherit === undefined ? [] : [inherit]),
      ],
      detached: true,
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CommandError(`Cannot run ${argv[0]}: ${why}`, { cause })
  }
}

function notStarted(argv: readonly string[]): Finished {
  return {
    argv,
    code: null,
    signal: null,
    stdout: '',
    stderr: '',
    stdoutTruncated: false,
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
  if (timeoutMs !== undefined) timers.push(setTimeout(() => end('timeout'), timeoutMs))
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

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: the group has ended.
  }
}

interface Collecting {
  readonly maxBytes: number
  readonly keep: 'head' | 'tail'
  readonly onStderrLine?: ((line: string) => void) | undefined
}

function collect(
  stream: ReadableStream<Uint8Array>,
  { maxBytes, keep, onStderrLine }: Collecting,
): {
  readonly closed: Promise<void>
  text(): string
  truncated(): boolean
  cancel(): void
} {
  const reader = stream.getReader()
  let chunks: Uint8Array[] = []
  let bytes = 0
  let truncated = false
  const lines = onStderrLine ? lineSplitter(onStderrLine) : null

  async function read(): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      lines?.(value)
      if (keep === 'head' && bytes >= maxBytes) {
        truncated = true
        continue
      }
      chunks.push(value)
      bytes += value.length
      if (bytes <= maxBytes) continue
      truncated = true
      const whole = Buffer.concat(chunks)
      chunks = [keep === 'head' ? whole.subarray(0, maxBytes) : whole.subarray(-maxBytes)]
      bytes = maxBytes
    }
  }

  return {
    closed: read().catch(() => {}),
    text: () => Buffer.concat(chunks).toString('utf8'),
    truncated: () => truncated,
    cancel: () => void reader.cancel().catch(() => {}),
  }
}

/** Calls back with each line that ends in a line feed or a carriage return. */
function lineSplitter(onLine: (line: string) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder()
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/[\r\n]/)
    rest = (lines.pop() ?? '').slice(-4096)
    for (const line of lines) if (line !== '') onLine(line)
  }
}
