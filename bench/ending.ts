import { descendantsOf } from '#test/fixtures/kill.ts'

/** Long enough for a sidecar to end what it has started. */
const graceMs = 3000

/** The exit code for the first INT, TERM or HUP that comes. */
export function signalled(): Promise<number> {
  return new Promise((resolve) => {
    process.on('SIGINT', () => resolve(130))
    process.on('SIGTERM', () => resolve(143))
    process.on('SIGHUP', () => resolve(129))
  })
}

/** Ends all that this process has started, and what that has started. */
export async function endAll(): Promise<void> {
  const others = (): readonly number[] =>
    descendantsOf(process.pid).filter((pid) => pid !== process.pid)
  const startedMs = performance.now()
  for (const pid of others()) send(pid, 'SIGTERM')
  while (others().length > 0) {
    await Bun.sleep(20)
    if (performance.now() < startedMs + graceMs) continue
    for (const pid of others()) send(pid, 'SIGKILL')
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}
