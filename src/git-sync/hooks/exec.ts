import { CommandError, command, howItEnded } from '#kit/command.ts'
import type { Log } from '#kit/log.ts'

/** What a hook is told. */
export interface HookEvent {
  readonly commit: string
  /** The tree of that commit: where an exechook runs. */
  readonly tree: string
}

export interface ExecHookOptions {
  readonly program: string
  readonly timeoutMs: number
  /** What it inherits: no secret of ours may be in it. */
  readonly env: Readonly<Record<string, string>>
  readonly log: Log
  readonly stop: AbortSignal
}

/** Runs the program once, in the tree, with $GITSYNC_HASH. @throws Error when it fails. */
export async function runExecHook(event: HookEvent, options: ExecHookOptions): Promise<void> {
  const { program, timeoutMs, env, log, stop } = options
  const finished = await command([program], {
    cwd: event.tree,
    env: { ...env, GITSYNC_HASH: event.commit },
    timeoutMs,
    stop,
  }).catch((error: unknown) => {
    if (error instanceof CommandError)
      throw new Error(`Cannot run the exechook ${program}`, { cause: error })
    throw error
  })
  if (finished.code !== 0 || finished.ended !== 'by-itself') {
    throw new Error(`The exechook ${program} ${howItEnded(finished)}`)
  }
  const { stdout, stderr, elapsedMs } = finished
  log.info('ran the exechook', { commit: event.commit, ms: Math.round(elapsedMs) })
  log.debug(1, 'the exechook said', { stdout, stderr })
}
