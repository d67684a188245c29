import { eachLine } from '../program-output.ts'
import { reasonIn } from './readable.ts'

export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Each line it writes, of either output. */
  readonly onLine: (line: string) => void
}

/** A program that the demo keeps running. */
export interface Program {
  readonly name: string
  readonly pid: number
  /** How it ended, in words: `exit code 1: the last line it said`. */
  readonly ended: Promise<string>
  /** TERM, and KILL when that is not enough. */
  stop(): Promise<void>
}

const graceMs = 4000
/** Kept of what it said, to tell why it ended. */
const tailLines = 20
const running = new Set<number>()

/** The end of ends: nothing that was started survives the demo. */
export function killPrograms(): void {
  for (const pid of running) signalGroup(pid, 'SIGKILL')
}

/** Starts it as a group of its own: Ctrl-C reaches the demo alone, which ends all in order. */
export function startProgram(
  name: string,
  command: readonly string[],
  { env, cwd, onLine }: ProgramOptions,
): Program {
  const child = Bun.spawn([...command], {
    env: { ...env },
    cwd,
    detached: true,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  running.add(child.pid)
  const tail: string[] = []
  const hear = (line: string): void => {
    if (line.trim() === '') return
    tail.push(line)
    if (tail.length > tailLines) tail.shift()
    onLine(line)
  }
  const heard = Promise.all([eachLine(child.stdout, hear), eachLine(child.stderr, hear)])
  const ended = child.exited.then(async (code) => {
    running.delete(child.pid)
    await Promise.race([heard, Bun.sleep(200)])
    const reason = reasonIn(tail)
    return `exit code ${code}${reason === null ? '' : `: ${reason}`}`
  })
  return {
    name,
    pid: child.pid,
    ended,
    async stop() {
      signalGroup(child.pid, 'SIGTERM')
      const insist = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs)
      await child.exited
      clearTimeout(insist)
    },
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // it has ended
  }
}
