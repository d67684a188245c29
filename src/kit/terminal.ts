import { dlopen } from 'bun:ffi'

/** True when somebody looks at a descriptor of ours. `node:tty` would be 2 MB for this one question. */
export function isTerminal(descriptor: number): boolean {
  try {
    const { symbols, close } = dlopen('libc.so.6', { isatty: { args: ['i32'], returns: 'i32' } })
    const answer = symbols.isatty(descriptor)
    close()
    return answer === 1
  } catch {
    // Another C library: log records are right for everybody.
    return false
  }
}
