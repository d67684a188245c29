import { closeSync } from 'node:fs'
import type { Pipe } from './pipe.ts'

/** What a program writes, until it or we end it. */
export interface Output {
  readonly stream: ReadableStream<Uint8Array>
  /** Ours to close when the reading is over. */
  readonly descriptor: number | null
}

/** The read end of our pipe, or what Bun made where there is none. */
export function outputOf(
  made: ReadableStream<Uint8Array> | number | null | undefined,
  pipe: Pipe | null,
): Output {
  if (pipe !== null) {
    return { stream: Bun.file(pipe.readEnd).stream(), descriptor: pipe.readEnd }
  }
  if (made instanceof ReadableStream) return { stream: made, descriptor: null }
  throw new Error('Cannot read what a program writes: it has no output')
}

interface Collecting {
  readonly maxBytes: number
  readonly keep: 'head' | 'tail'
  readonly onStderrLine?: ((line: string) => void) | undefined
}

/** Reads an output to its end, keeping a bounded part of it. */
export function collect(
  { stream, descriptor }: Output,
  { maxBytes, keep, onStderrLine }: Collecting,
): {
  /** The other side has closed it. */
  readonly closed: Promise<void>
  text(): string
  close(): Promise<void>
} {
  const reader = stream.getReader()
  let chunks: Uint8Array[] = []
  let bytes = 0
  const lines = onStderrLine ? lineSplitter(onStderrLine) : null

  async function read(): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      lines?.(value)
      if (keep === 'head' && bytes >= maxBytes) continue
      chunks.push(value)
      bytes += value.length
      if (bytes <= maxBytes) continue
      const whole = Buffer.concat(chunks)
      chunks = [keep === 'head' ? whole.subarray(0, maxBytes) : whole.subarray(-maxBytes)]
      bytes = maxBytes
    }
  }

  return {
    closed: read().catch(() => {}),
    text: () => Buffer.concat(chunks).toString('utf8'),
    async close() {
      await reader.cancel().catch(() => {})
      if (descriptor !== null) closeSync(descriptor)
    },
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
