import { atLeast } from './checks.ts'
import { credentialRules } from './credential-rules.ts'
import { webhookUrls } from './hooks.ts'
import { push } from './push.ts'
import { safety } from './safety.ts'
import type { GitSyncOptions } from './settle.ts'

type Rule = (options: GitSyncOptions) => string | null | false

/** One sentence that names the options which cannot be together, or null. */
export function contradictionIn(options: GitSyncOptions): string | null {
  for (const rule of rules) {
    const message = rule(options)
    if (message) return message
  }
  return null
}

const atLeastASecond = atLeast(1000, '1s')

/** What is only looked at when there is such a hook. */
function hookTimes(flag: string, times: { timeoutMs: number; backoffMs: number }): string | null {
  const timeout = atLeastASecond(times.timeoutMs)
  if (timeout !== null) return `--${flag}-timeout ${timeout}`
  const backoff = atLeastASecond(times.backoffMs)
  return backoff === null ? null : `--${flag}-backoff ${backoff}`
}

/** In the order in which the options stand in help: the first one that is broken is told. */
const rules: readonly Rule[] = [
  ({ publish, keep }) =>
    publish === 'in-place' &&
    keep > 0 &&
    '--keep needs another --publish: nobody sees a tree in-place',
  ({ publish, staleWorktreeTimeoutMs }) =>
    publish === 'in-place' &&
    staleWorktreeTimeoutMs > 0 &&
    '--stale-worktree-timeout needs another --publish: nobody sees a tree in-place',
  ({ gateCommand, gateArg }) =>
    gateCommand === '' && gateArg.length > 0 && '--gate-arg needs --gate-command',
  ({ gateCommand, gateTimeoutMs }) => {
    const wrong = atLeastASecond(gateTimeoutMs)
    return gateCommand !== '' && wrong !== null && `--gate-timeout ${wrong}`
  },
  ...(
    [
      ['ssh', 'allowedSignersFile'],
      ['gpg', 'gpgKeysFile'],
    ] as const
  ).map(
    ([kind, name]): Rule =>
      (options) => {
        const flag = `--${safety[name].flag}`
        if (options.verifySignatures === kind)
          return options[name] === '' && `--verify-signatures=${kind} needs ${flag}`
        return options[name] !== '' && `${flag} needs --verify-signatures=${kind}`
      },
  ),
  ({ pushSecretFile, pushBind, httpBind }) =>
    pushSecretFile.length > 0 &&
    pushBind === '' &&
    httpBind === '' &&
    '--push-secret-file needs --push-bind or --http-bind',
  ...(['pushBind', 'pushRepo', 'pushPeers'] as const).map(
    (name): Rule =>
      (options) =>
        options.pushSecretFile.length === 0 &&
        options[name].length > 0 &&
        `--${push[name].flag} needs --push-secret-file`,
  ),
  ({ exechookCommand, exechookArg }) =>
    exechookCommand === '' && exechookArg.length > 0 && '--exechook-arg needs --exechook-command',
  ({ exechookCommand, exechookTimeoutMs, exechookBackoffMs }) =>
    exechookCommand !== '' &&
    hookTimes('exechook', { timeoutMs: exechookTimeoutMs, backoffMs: exechookBackoffMs }),
  ({ prePublishExechookCommand, prePublishExechookArg }) =>
    prePublishExechookCommand === '' &&
    prePublishExechookArg.length > 0 &&
    '--pre-publish-exechook-arg needs --pre-publish-exechook-command',
  (options) =>
    options.prePublishExechookCommand !== '' &&
    hookTimes('pre-publish-exechook', {
      timeoutMs: options.prePublishExechookTimeoutMs,
      backoffMs: options.prePublishExechookBackoffMs,
    }),
  ({ webhookUrl, webhookSuccessStatus }) =>
    webhookUrls(webhookUrl).length > 0 &&
    webhookSuccessStatus < -1 &&
    '--webhook-success-status must be a status, or 0 or -1 for any',
  ({ webhookUrl, webhookTimeoutMs, webhookBackoffMs }) =>
    webhookUrls(webhookUrl).length > 0 &&
    hookTimes('webhook', { timeoutMs: webhookTimeoutMs, backoffMs: webhookBackoffMs }),
  ({ webhookBody, webhookUrl }) =>
    webhookBody !== 'none' &&
    webhookUrls(webhookUrl).length === 0 &&
    `--webhook-body=${webhookBody} needs --webhook-url`,
  ({ webhookBody, webhookMethod }) =>
    webhookBody !== 'none' &&
    /^(GET|HEAD|)$/i.test(webhookMethod) &&
    `--webhook-method ${webhookMethod || 'GET'} carries no --webhook-body: POST or PUT does`,
  ({ webhookSecretFile, webhookBody }) =>
    webhookSecretFile !== '' &&
    webhookBody === 'none' &&
    '--webhook-secret-file needs --webhook-body=json: it signs the body',
  ...credentialRules,
  ({ httpMetrics, httpBind }) =>
    httpMetrics && httpBind === '' && '--http-metrics needs --http-bind',
  ({ httpPprof, httpBind }) => httpPprof && httpBind === '' && '--http-pprof needs --http-bind',
]
