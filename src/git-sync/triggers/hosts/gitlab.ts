import { otherEvent, refChange, repositories } from './announcement.ts'
import { bodyOf, field, items } from './body.ts'
import type { Announcement, Proof, PushHost, RefChange } from './host.ts'
import { bytesOf, shownSecret, signedBody } from './proofs.ts'

/**
 * A secret token stands in `X-Gitlab-Token` as it is. A signing token, `whsec_<Base64 of the key>`,
 * makes a signature as Standard Webhooks describes it: `webhook-signature` is `v1,<Base64>`, several
 * with a space between, of `<webhook-id>.<webhook-timestamp>.<body>`, the time in seconds. A webhook
 * may have both. What happened stands in the body: `push` and `tag_push`, in the hooks of a project
 * as in those of the whole system, which also tell `repository_update` once for each push.
 *
 * https://docs.gitlab.com/user/project/integrations/webhooks/
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events
 * https://docs.gitlab.com/administration/system_hooks/#repository-update-events
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const gitlab: PushHost = {
  name: 'gitlab',
  sent: (headers) => headers.has('x-gitlab-event'),
  proof(headers, options) {
    const token = headers.get('x-gitlab-token')
    const keys = options.secrets.flatMap(signingKey)
    // a signature counts for more than a token, but only for who has a key to check it
    if (headers.has('webhook-signature') && (keys.length > 0 || token === null)) {
      return signed(headers, keys, options.nowMs)
    }
    return token === null ? null : shownSecret([bytesOf(token)], options.secrets)
  },
  read(headers, body) {
    const said = bodyOf(body)
    const kind = field(said, 'object_kind') ?? field(said, 'event_name')
    if (kind === 'push' || kind === 'tag_push') return pushOf(said, [said])
    if (kind === 'repository_update') return pushOf(said, items(field(said, 'changes')))
    return otherEvent(kind ?? headers.get('x-gitlab-event'))
  },
}

const toleranceMs = 5 * 60_000

function signed(headers: Headers, keys: readonly Uint8Array[], nowMs: number): Proof | null {
  const id = headers.get('webhook-id')
  const timestamp = headers.get('webhook-timestamp')
  if (id === null || timestamp === null) return null
  const signatures = (headers.get('webhook-signature') ?? '')
    .split(' ')
    .flatMap((entry) => /^v1,(.{44})$/.exec(entry)?.[1] ?? [])
  const head = `${id}.${timestamp}.`
  const proof = signedBody(signatures, { keys, encoding: 'base64', head })
  const ageMs = Math.abs(nowMs - Number(timestamp) * 1_000)
  return {
    ...proof,
    verdict() {
      const verdict = proof.verdict()
      return verdict === 'proven' && !(ageMs <= toleranceMs) ? 'stale' : verdict
    },
  }
}

/** The key of a signing token; nothing for what is none. */
function signingKey(secret: string): Uint8Array[] {
  if (!secret.startsWith('whsec_')) return []
  try {
    return [Uint8Array.fromBase64(secret.slice('whsec_'.length))]
  } catch {
    return []
  }
}

/** `after` is what the ref is now; `checkout_sha`, beside it, is the commit of an annotated tag. */
function pushOf(said: unknown, changes: readonly unknown[]): Announcement {
  const project = ['path_with_namespace', 'git_http_url', 'git_ssh_url', 'web_url', 'http_url']
  const repository = ['git_http_url', 'git_ssh_url', 'homepage', 'url']
  return {
    kind: 'push',
    repositories: repositories([
      ...project.map((name) => field(said, 'project', name)),
      ...repository.map((name) => field(said, 'repository', name)),
    ]),
    changes: changes.map((one): RefChange => refChange(field(one, 'ref'), field(one, 'after'))),
  }
}
