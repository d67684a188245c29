import { withoutSecretVariables } from '#git-sync/git/environment.ts'
import { runExecHook } from '#git-sync/hooks/exec.ts'
import { createHook, type Hook } from '#git-sync/hooks/hook.ts'
import type { World } from '#kit/run.ts'
import type { Metrics } from './metrics.ts'

export interface HooksOptions {
  readonly exechookCommand: string
  readonly exechookTimeoutMs: number
  readonly exechookBackoffMs: number
}

/** The hooks that somebody configured. */
export function hooksOf(world: World<HooksOptions>, metrics: Metrics): readonly Hook[] {
  const { options, env, log, clock, stop } = world
  if (options.exechookCommand === '') return []
  const name = 'exechook'
  const exec = createHook({
    name,
    run: (event) =>
      runExecHook(event, {
        program: options.exechookCommand,
        timeoutMs: options.exechookTimeoutMs,
        env: withoutSecretVariables(env),
        log,
        stop,
      }),
    backoffMs: options.exechookBackoffMs,
    clock,
    log,
    stop,
    counted: (result) => metrics.hookRan(name, result),
  })
  return [exec]
}
