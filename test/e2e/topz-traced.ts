import { readFileSync } from 'node:fs'
import { type Child, startChild } from '#test/fixtures/child.ts'
import { program } from '#test/fixtures/needs.ts'
import { usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'

export interface Traced extends AsyncDisposable {
  readonly topz: Child
  readonly url: string
  /** System calls from now on, one a line, by all threads. */
  begin(): void
  /** Those since `begin`, without the thread's number. */
  calls(): readonly string[]
}

/** Starts topz below strace, which has pid and signals of a grandchild: they are the sidecar's. */
export async function tracedTopz(...args: readonly string[]): Promise<Traced> {
  const folder = temporaryFolder('topz-traced')
  const trace = folder.at('trace')
  const strace = [program('strace') ?? 'strace', '-D', '-f', '--signal=none', `--output=${trace}`]
  const topz = startChild([...strace, ...usual, 'topz', '--addr=127.0.0.1:0', ...args], {
    env: { HOME: folder.path },
  })
  const line = await topz.line('Serving on ')
  let from = 0
  const text = (): string => readFileSync(trace, 'utf8')
  return {
    topz,
    url: `http://${line.replace('Serving on ', '')}`,
    begin() {
      from = text().length
    },
    calls: () =>
      text()
        .slice(from)
        .split('\n')
        .slice(1, -1)
        .map((call) => call.replace(/^\d+ +/, '')),
    async [Symbol.asyncDispose]() {
      await topz.stop()
      await folder.remove()
    },
  }
}

/** How often the processes were listed: once a sample. */
export function samplesIn(calls: readonly string[]): number {
  return calls.filter((call) => /^openat\([^"]*"\/proc\/?", /.test(call)).length
}
