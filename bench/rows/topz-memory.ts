import { symlinkSync } from 'node:fs'
import { startChild } from '#test/fixtures/child.ts'
import { startSidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { imageEnvironment } from '../instruments/image-environment.ts'
import { memoryOf } from '../instruments/usage.ts'
import { median } from '../run.ts'
import type { Figures, Sizes, Subject } from '../subject.ts'

type Key = 'idle' | 'viewer'

const budgetBytes = 8e6
const flags = ['--addr=127.0.0.1:0', '--interval=500ms', '--idle-interval=500ms']

/** The memory of topz with its history, while nobody looks, and while somebody does. */
export const topzMemory = ({ processes, topzMs }: Sizes): Subject<Key> => ({
  name: 'topz-memory',
  how: `\`Anonymous\` of \`smaps_rollup\` of topz with its history and ${processes} sleeping processes, a sample each half second for ${topzMs / 1000} s: the median of the second half, once while nobody looks, once with a viewer that follows.`,
  needs: [],
  rows: {
    idle: {
      what: `topz, ${processes} processes: anonymous memory, nobody looks`,
      unit: 'bytes',
      peer: false,
      budget: [{ atMost: budgetBytes }],
    },
    viewer: {
      what: `topz, ${processes} processes: anonymous memory, one viewer`,
      unit: 'bytes',
      peer: false,
      budget: [{ atMost: budgetBytes }],
    },
  },
  async open({ gitSync }) {
    await using stack = new AsyncDisposableStack()
    for (let index = 0; index < processes; index++) stack.use(startChild(['sleep', '3600']))
    const folder = temporaryFolder('topz-memory')
    stack.defer(() => folder.remove())
    const executable = folder.at('topz')
    symlinkSync(gitSync.ours, executable) // by its name it knows which sidecar it is
    const owned = stack.move()
    return {
      measure: {
        ours: async (): Promise<Figures<Key>> => ({
          idle: await bytesOf(executable, { forMs: topzMs, viewer: false }),
          viewer: await bytesOf(executable, { forMs: topzMs, viewer: true }),
        }),
        beside: null,
        peer: null,
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  },
})

async function bytesOf(
  executable: string,
  { forMs, viewer }: { readonly forMs: number; readonly viewer: boolean },
): Promise<number | null> {
  await using topz = startSidecar(flags, { executable, env: imageEnvironment() })
  const url = (await topz.line('Serving on ')).replace('Serving on ', 'http://')
  const stop = new AbortController()
  const following = viewer ? follow(`${url}/topz/stream`, stop.signal) : null
  const seen: number[] = []
  const beganMs = performance.now()
  while (performance.now() < beganMs + forMs) {
    await Bun.sleep(100)
    const { anonymousBytes } = memoryOf(topz.pid)
    if (anonymousBytes !== null && performance.now() > beganMs + forMs / 2)
      seen.push(anonymousBytes)
  }
  stop.abort()
  await following
  return median(seen)
}

/** Reads all that comes, until it is told to stop. */
async function follow(url: string, signal: AbortSignal): Promise<void> {
  try {
    const response = await fetch(url, { signal })
    for await (const _ of response.body ?? []);
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
