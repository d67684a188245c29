import type { Clock } from './clock.ts'

export interface CpuProfileOptions {
  readonly durationMs: number
  readonly clock: Pick<Clock, 'sleep'>
  /** Ends the profile early: what was seen until then is the profile. */
  readonly stop: AbortSignal
}

/** A hundred samples a second of work hold at most a third of a MiB each second; a thousand, 4. */
const sampleEveryUs = 10_000

/**
 * Notes which functions of this process work, while they do: a process that waits has no samples.
 *
 * @returns A .cpuprofile, JSON as browsers' developer tools, VS Code and speedscope open it. It holds
 *   names of functions and files, and no values.
 */
export async function cpuProfile({ durationMs, clock, stop }: CpuProfileOptions): Promise<string> {
  // More than a megabyte, for those alone who ask.
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: sampleEveryUs })
    await session.post('Profiler.start')
    await clock.sleep(durationMs, stop)
    const { profile } = await session.post('Profiler.stop')
    return JSON.stringify(profile)
  } finally {
    session.disconnect()
  }
}
