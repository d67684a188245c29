import { otherEvent, refChange, repositories } from './announcement.ts'
import { bodyOf, field } from './body.ts'
import { jsonOf } from './form.ts'
import type { PushHost } from './host.ts'
import { signedBody } from './proofs.ts'

/**
 * The body's HMAC-SHA256, as it was sent, form or JSON, stands in `X-Hub-Signature-256` as
 * `sha256=<hex>`; beside it one with SHA-1, which proves nothing any more. `X-GitHub-Event` is `push`
 * for branches and tags, and `ping` when a webhook is new.
 *
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
 */
export const github: PushHost = {
  name: 'github',
  sent: (headers) => headers.has('x-github-event'),
  proof(headers, { secrets }) {
    const signature = /^sha256=(.+)$/.exec(headers.get('x-hub-signature-256') ?? '')?.[1]
    if (signature === undefined) return null
    return signedBody([signature], { keys: secrets, encoding: 'hex' })
  },
  read(headers, body) {
    const event = headers.get('x-github-event')
    if (event === 'ping') return { kind: 'ping' }
    if (event !== 'push') return otherEvent(event)
    const said = bodyOf(jsonOf(headers, body))
    const gone = field(said, 'deleted') === true
    return {
      kind: 'push',
      repositories: repositories(
        ['full_name', 'clone_url', 'ssh_url', 'git_url', 'html_url'].map((name) =>
          field(said, 'repository', name),
        ),
      ),
      changes: [refChange(field(said, 'ref'), gone ? null : field(said, 'after'))],
    }
  },
}
