import { dlopen } from 'bun:ffi'

/** pipe2(2), the same on all Linux: programs that we start get an end only when we name it. */
const O_CLOEXEC = 0o2000000

export interface Pipe {
  readonly readEnd: number
  readonly writeEnd: number
}

type Pipe2 = (ends: Int32Array, flags: number) => number

let pipe2: Pipe2 | null | undefined

/**
 * A pipe for a program's output, or null where it cannot be had. Bun's own are sockets, which a
 * program cannot open again as `/dev/stderr`.
 */
export function openPipe(): Pipe | null {
  pipe2 ??= load()
  const ends = new Int32Array(2)
  if (pipe2 === null || pipe2(ends, O_CLOEXEC) !== 0) return null
  const [readEnd = -1, writeEnd = -1] = ends
  return { readEnd, writeEnd }
}

function load(): Pipe2 | null {
  try {
    const library = dlopen('libc.so.6', { pipe2: { args: ['buffer', 'i32'], returns: 'i32' } })
    return library.symbols.pipe2 as unknown as Pipe2
  } catch {
    return null
  }
}
