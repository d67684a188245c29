import { join } from 'node:path'
import type { Environment } from '#test/fixtures/environment.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { type Sidecar, startSidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { imageEnvironment } from './image-environment.ts'

/** What all executables of git-sync know. */
export interface GitSyncOptions {
  readonly url: string
  readonly flags: readonly string[]
  readonly env?: Environment
  /** Counts the programs that it starts, which costs CPU. */
  readonly countPrograms?: boolean
  /** Where the process id is written before the executable is started: see `openCgroup`. */
  readonly procs?: string | undefined
}

export interface GitSync extends AsyncDisposable {
  readonly pid: number
  readonly root: string
  readonly link: string
  /** Passes that found nothing new, so far. */
  polls(): Promise<number>
  /** Waits for the end of so many more of them; gives how many they were, at least. */
  untilPolled(more: number): Promise<number>
  /** Rejects when it ends, with its last words; whoever waits for it to do something races with it. */
  readonly ended: Promise<never>
  programs: Sidecar['programs']
  signal: Sidecar['signal']
}

const linkName = 'site'

/** A daemon on a new root, ended and removed with it. */
export function startGitSync(executable: string, options: GitSyncOptions): GitSync {
  const folder = temporaryFolder('root')
  const address = `127.0.0.1:${freePort()}`
  const own = [`--http-bind=${address}`, '--http-metrics']
  const { procs } = options
  const flags = [...flagsFor(folder.path, options), ...own]
  const inGroup = ['-c', 'echo $$ > "$0" && exec "$@"', procs ?? '', executable]
  const sidecar = startSidecar(procs === undefined ? flags : [...inGroup, ...flags], {
    executable: procs === undefined ? executable : 'sh',
    name: executable,
    env: { ...imageEnvironment(), ...options.env },
    countPrograms: options.countPrograms ?? false,
  })
  const ended = sidecar.exited.then((code): never => {
    throw new Error(`git-sync has ended with ${code}: ${sidecar.stderr.at(-1) ?? ''}`)
  })
  ended.catch(() => {})
  const polls = async (): Promise<number> => {
    const metrics = await (await fetch(`http://${address}/metrics`)).text()
    return Number(/^git_sync_count_total\{status="noop"\} (\S+)$/m.exec(metrics)?.[1] ?? 0)
  }
  return {
    pid: sidecar.pid,
    root: folder.path,
    link: join(folder.path, linkName),
    polls,
    untilPolled: (more) => Promise.race([untilPolled(polls, more), ended]),
    ended,
    programs: sidecar.programs,
    signal: sidecar.signal,
    async [Symbol.asyncDispose]() {
      await sidecar.stop()
      await folder.remove()
    },
  }
}

/** The command of a sync that ends by itself. */
export function onceCommand(
  executable: string,
  root: string,
  options: GitSyncOptions,
): readonly string[] {
  return [executable, ...flagsFor(root, options), '--one-time']
}

function flagsFor(root: string, { url, flags }: GitSyncOptions): readonly string[] {
  return [`--repo=${url}`, `--root=${root}`, `--link=${linkName}`, '--depth=1', ...flags]
}

/** Asking costs the daemon: it is asked seldom, and often only near the end. */
async function untilPolled(polls: () => Promise<number>, more: number): Promise<number> {
  const ask = (): Promise<number> =>
    until(polls, { everyMs: 20, timeoutMs: 20_000, what: 'the metrics of git-sync' })
  const start = await ask()
  const startedMs = performance.now()
  for (;;) {
    const done = (await ask()) - start
    if (done >= more) return done
    const restMs = ((more - done) * (performance.now() - startedMs)) / done
    await Bun.sleep(done === 0 || more - done <= 10 ? 10 : Math.min(5000, 0.8 * restMs))
  }
}
