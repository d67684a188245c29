import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { usual } from '#test/fixtures/sidecar.ts'
import type { TemporaryFolder } from '#test/fixtures/temp.ts'

/** A system call, in the order in which they began. */
export interface Call {
  readonly name: 'fsync' | 'rename'
  /** What is waited for, or what takes its name. */
  readonly path: string
  /** Which thread. */
  readonly thread: number
  /** Of the whole trace: which line began it, and which ended it. */
  readonly beganAt: number
  readonly endedAt: number
}

export interface Traced {
  /** Starts a sidecar under strace. */
  readonly executable: string
  /** Without those of git, which has its own folders and files. */
  calls(): readonly Call[]
}

let traces = 0

/** Writes down what waits for the disk and what is renamed; `more` are words for strace. */
export async function traced(
  folder: TemporaryFolder,
  more: readonly string[] = [],
): Promise<Traced> {
  const name = `traced-${traces++}`
  const [executable, trace] = [folder.at(name), folder.at(`${name}.trace`)]
  const words = [
    ...['strace', '-D', '--seccomp-bpf', '--follow-forks', '--signal=none', '--decode-fds=path'],
    ...['--trace=fsync,rename,renameat,renameat2', `--output=${trace}`, ...more],
  ]
  const quoted = [...words, ...usual].map((word) => `'${word}'`).join(' ')
  await writeFile(executable, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 })
  return { executable, calls: () => callsIn(readFileSync(trace, 'utf8')) }
}

/**
 * strace's lines are `THREAD CALL(…) = 0`, or two when another thread says something in between:
 * `THREAD CALL(… <unfinished ...>` and `THREAD <... CALL resumed>…) = 0`.
 */
function callsIn(trace: string): readonly Call[] {
  const calls: Call[] = []
  const open = new Map<number, number>()
  for (const [at, line] of trace.split('\n').entries()) {
    const [, word = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const thread = Number(word)
    const last = open.get(thread)
    if (rest.startsWith('<... ') && last !== undefined) {
      const call = calls[last]
      if (call !== undefined) calls[last] = { ...call, endedAt: at }
      open.delete(thread)
      continue
    }
    const synced = /^fsync\(\d+<(.*?)>/.exec(rest)?.[1]
    const renamed = /^rename.*"(.*?)"[^"]*$/.exec(rest)?.[1]
    const path = synced ?? renamed
    if (path === undefined) continue
    const isOpen = rest.includes('<unfinished')
    if (isOpen) open.set(thread, calls.length)
    const endedAt = isOpen ? Number.POSITIVE_INFINITY : at
    const name = synced === undefined ? 'rename' : 'fsync'
    calls.push({ name, path, thread, beganAt: at, endedAt })
  }
  return calls
}
