import { hookEnvironment } from '#git-sync/git/hook-environment.ts'
import { execHook } from '#git-sync/hooks/exec.ts'
import { createHook, type Hook, type HookRun } from '#git-sync/hooks/hook.ts'
import { webhook } from '#git-sync/hooks/webhook.ts'
import type { World } from '#kit/run.ts'
import type { Metrics } from './metrics.ts'

export interface HooksOptions {
  readonly oneTime: boolean
  readonly exechookCommand: string
  readonly exechookTimeoutMs: number
  readonly exechookBackoffMs: number
  readonly prePublishExechookCommand: string
  readonly prePublishExechookTimeoutMs: number
  readonly prePublishExechookBackoffMs: number
  readonly webhookUrl: string
  readonly webhookMethod: string
  readonly webhookSuccessStatus: number
  readonly webhookTimeoutMs: number
  readonly webhookBackoffMs: number
}

/** The hooks that somebody configured, by the moment that fires them. */
export interface Hooks {
  readonly prePublish: readonly Hook[]
  readonly published: readonly Hook[]
}

interface Row {
  /** As options, metrics and logs name it. */
  readonly name: string
  readonly firedAt: keyof Hooks
  /** Empty when nobody wants it. */
  readonly target: string
  readonly backoffMs: number
  readonly run: HookRun
}

export function hooksOf(world: World<HooksOptions>, metrics: Metrics): Hooks {
  const { options, env, stop } = world
  const childEnv = hookEnvironment(env)
  const table: readonly Row[] = [
    {
      name: 'pre-publish-exechook',
      firedAt: 'prePublish',
      target: options.prePublishExechookCommand,
      backoffMs: options.prePublishExechookBackoffMs,
      run: execHook({
        program: options.prePublishExechookCommand,
        timeoutMs: options.prePublishExechookTimeoutMs,
        env: childEnv,
        stop,
      }),
    },
    {
      name: 'exechook',
      firedAt: 'published',
      target: options.exechookCommand,
      backoffMs: options.exechookBackoffMs,
      run: execHook({
        program: options.exechookCommand,
        timeoutMs: options.exechookTimeoutMs,
        env: childEnv,
        stop,
      }),
    },
    {
      name: 'webhook',
      firedAt: 'published',
      target: options.webhookUrl,
      backoffMs: options.webhookBackoffMs,
      run: webhook({
        url: options.webhookUrl,
        method: options.webhookMethod,
        successStatus: options.webhookSuccessStatus,
        timeoutMs: options.webhookTimeoutMs,
        env,
        stop,
      }),
    },
  ]
  const firedAt = (moment: keyof Hooks): readonly Hook[] =>
    table
      .filter((row) => row.firedAt === moment && row.target !== '')
      .map(({ name, backoffMs, run }) =>
        createHook({
          ...{ name, backoffMs, run, oneTime: options.oneTime },
          ...{ clock: world.clock, log: world.log, stop },
          counted: (result) => metrics.hookRan(name, result),
        }),
      )
  return { prePublish: firedAt('prePublish'), published: firedAt('published') }
}
