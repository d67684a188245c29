import { hookEnvironment } from '#git-sync/git/hook-environment.ts'
import { withoutLogin } from '#git-sync/git/repository-url.ts'
import { execHook } from '#git-sync/hooks/exec.ts'
import { createHook, type Hook, type HookRun } from '#git-sync/hooks/hook.ts'
import { jsonPayload } from '#git-sync/hooks/payload.ts'
import { webhook } from '#git-sync/hooks/webhook.ts'
import type { Fields } from '#kit/log.ts'
import type { World } from '#kit/run.ts'
import type { Metrics } from './metrics.ts'
import { webhookUrls } from './options/hooks.ts'
import type { GitSyncOptions } from './options/settle.ts'
import { shownUrl } from './options/shown.ts'

/** The hooks that somebody configured, by the moment that fires them. */
export interface Hooks {
  readonly prePublish: readonly Hook[]
  readonly published: readonly Hook[]
}

type HooksWorld = World<GitSyncOptions>

/** One that somebody wants. */
interface Wanted {
  /** As options, metrics and logs name it. */
  readonly name: string
  readonly which?: Fields
  readonly backoffMs: number
  readonly run: HookRun
}

export function hooksOf(world: HooksWorld, metrics: Metrics): Hooks {
  const { options, clock, log, stop } = world
  const { oneTime } = options
  const created = (wanted: Wanted): Hook =>
    createHook({
      ...{ ...wanted, oneTime, clock, log, stop },
      counted: (result) => metrics.hookRan(wanted.name, result),
    })
  const prePublish = exechooks(world, {
    name: 'pre-publish-exechook',
    program: options.prePublishExechookCommand,
    args: options.prePublishExechookArg,
    timeoutMs: options.prePublishExechookTimeoutMs,
    backoffMs: options.prePublishExechookBackoffMs,
  })
  const published = exechooks(world, {
    name: 'exechook',
    program: options.exechookCommand,
    args: options.exechookArg,
    timeoutMs: options.exechookTimeoutMs,
    backoffMs: options.exechookBackoffMs,
  })
  return {
    prePublish: prePublish.map(created),
    published: [...published, ...webhooks(world)].map(created),
  }
}

interface Exechook {
  readonly name: string
  /** Empty when nobody wants it. */
  readonly program: string
  readonly args: readonly string[]
  readonly timeoutMs: number
  readonly backoffMs: number
}

function exechooks({ options, env, stop }: HooksWorld, hook: Exechook): readonly Wanted[] {
  if (hook.program === '') return []
  const run = execHook({ ...hook, ref: options.ref, env: hookEnvironment(env), stop })
  return [{ name: hook.name, backoffMs: hook.backoffMs, run }]
}

/** One for each URL, with one name: what dashboards know counts all of them. */
function webhooks({ options, env, log, stop }: HooksWorld): readonly Wanted[] {
  const { ref, webhookSecretFile: secretFile } = options
  const repo = withoutLogin(options.repo)
  const isJson = options.webhookBody === 'json'
  const payload = isJson ? jsonPayload({ repo, ref, secretFile, hide: log.hide }) : null
  return webhookUrls(options.webhookUrl).map((url, index, { length }) => ({
    name: 'webhook',
    // Two may differ in nothing but what must not be shown.
    which: { url: shownUrl(url), ...(length > 1 ? { webhook: index + 1 } : {}) },
    backoffMs: options.webhookBackoffMs,
    run: webhook({
      url,
      method: options.webhookMethod,
      successStatus: options.webhookSuccessStatus,
      timeoutMs: options.webhookTimeoutMs,
      payload,
      env,
      stop,
    }),
  }))
}
