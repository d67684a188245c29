import { isFullHash } from '#git-sync/git/refs.ts'
import { RefusedCommitError } from '#git-sync/tree/refusal.ts'
import { createAnnounced } from '#git-sync/triggers/announced.ts'
import type { Bell } from '#git-sync/triggers/bell.ts'
import { bearer } from '#git-sync/triggers/hosts/bearer.ts'
import { hosts } from '#git-sync/triggers/hosts/hosts.ts'
import { createNextPass, type NowServed } from '#git-sync/triggers/next-pass.ts'
import { pushHandler } from '#git-sync/triggers/push.ts'
import { createPushCounts } from '#git-sync/triggers/push-counts.ts'
import { createPeers } from '#git-sync/triggers/push-peers.ts'
import { pushTargetOf } from '#git-sync/triggers/push-target.ts'
import { type Failure, syncHandler } from '#git-sync/triggers/sync-request.ts'
import { type HttpServer, type Route, routes, serve } from '#kit/http.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import type { Registry } from '#kit/metrics.ts'
import type { World } from '#kit/run.ts'
import { readSecretLines } from '#kit/secret-lines.ts'
import type { GitSyncOptions } from './options/settle.ts'
import { commitOf, type Outcome } from './pass.ts'

export interface PushesOptions {
  /** Absolute. */
  readonly link: string
  /** What is synced, without a login. */
  readonly url: string
  readonly bell: Bell
  readonly registry: Registry
}

/** What `--push-secret-file` opens. */
export interface Pushes {
  readonly paths: Readonly<Record<string, Route>>
  /** Those whose handlers bound the bodies they read. */
  readonly ownLimit: readonly string[]
  /** Does a pass that those who wait for one hear of. */
  watched(pass: () => Promise<Outcome>): Promise<Outcome>
  /** Ms until the next pass when a push has told of a commit that is not seen yet, else null. */
  lookAgainMs(outcome: Outcome): number | null
  /** No pass follows: whoever waits for one is told so. */
  end(): void
  /** The listener of `--push-bind`; null without one. */
  listen(): Promise<HttpServer | null>
}

/** @throws Error when a file of secrets cannot be used */
export function openPushes(
  { options, clock, log, stop }: World<GitSyncOptions>,
  { link, url, bell, registry }: PushesOptions,
): Pushes {
  const { ref, pushBind, pushPeers, syncTimeoutMs } = options
  const secrets = secretsOf(options.pushSecretFile, log)
  secrets()
  const target = pushTargetOf({ ...options, repo: url, ref: isFullHash(ref) ? null : ref })
  if (target.repositories === null) {
    log.info('each proven delivery counts: --repo has no OWNER/NAME; --push-repo can name it')
  }
  const counts = createPushCounts(registry)
  const announced = createAnnounced(ref, { clock, log })
  const nextPass = createNextPass()
  const shared = { secrets, bell, counts, clock, log, stop }
  const peers = pushPeers === '' ? null : createPeers({ ...shared, name: pushPeers, ref })
  const paths = {
    '/push': { POST: pushHandler({ ...shared, hosts, target, announced, peers }) },
    '/sync': {
      POST: syncHandler({
        ...shared,
        bearer,
        nextPass,
        timeoutMs: syncTimeoutMs,
        failure: (error) => failureOf(error, log),
      }),
    },
  }
  const ownLimit = ['/push']
  let before: string | null = null
  return {
    paths,
    ownLimit,
    async watched(pass) {
      announced.passBegins()
      const tell = nextPass.begin()
      try {
        const outcome = await pass()
        tell({ kind: 'good', served: servedBy(outcome, { link, before }) })
        before = commitOf(outcome)
        return outcome
      } catch (error) {
        tell({ kind: 'failed', error })
        throw error
      }
    },
    end: nextPass.end,
    lookAgainMs: (outcome) =>
      announced.pauseMs({ commit: commitOf(outcome), isNew: outcome.kind === 'published' }),
    async listen() {
      if (pushBind === '') return null
      const handler = routes(paths)
      const server = await serve({
        bind: pushBind,
        flag: 'push-bind',
        log,
        handler,
        limits: { ownLimit },
      })
      log.info('serving pushes', { address: server.address })
      return server
    },
  }
}

/** Each that is read is one that the log must not show. */
function secretsOf(files: readonly string[], log: Log): () => readonly string[] {
  return () => {
    const secrets = readSecretLines(files, 'push-secret-file')
    for (const secret of secrets) log.hide(secret)
    return secrets
  }
}

function servedBy(
  outcome: Outcome,
  { link, before }: { readonly link: string; readonly before: string | null },
): NowServed {
  const commit = commitOf(outcome)
  const changed = outcome.kind === 'published'
  const previous = before === null || before === commit ? {} : { previous: before }
  return { commit, ...previous, changed, link }
}

function failureOf(error: unknown, log: Log): Failure {
  const advice = error instanceof Error && 'advice' in error ? error.advice : null
  return {
    error: log.masked(reasonOf(error)),
    ...(error instanceof RefusedCommitError ? { refused: error.commit } : {}),
    ...(typeof advice === 'string' ? { advice: log.masked(advice) } : {}),
  }
}
