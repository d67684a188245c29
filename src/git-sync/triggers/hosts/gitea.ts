import { otherEvent, refChange, repositories } from './announcement.ts'
import { bodyOf, field } from './body.ts'
import { formDecoder, isForm, jsonOf } from './form.ts'
import type { Proof, PushHost } from './host.ts'
import { signedBody } from './proofs.ts'

/**
 * Gitea and Forgejo differ in the name of their headers only: `X-Gitea-Event`, `X-Forgejo-Event`, and
 * `-Signature` with the HMAC-SHA256 as bare hex, empty without a secret. It is that of the JSON, also
 * when that is sent as a form. Both send the headers of those they come from too, GitHub's among
 * them. A branch that was deleted is the event `delete`, not a push.
 *
 * https://docs.gitea.com/usage/webhooks
 * https://forgejo.org/docs/latest/user/webhooks/
 */
function host(name: 'gitea' | 'forgejo'): PushHost {
  return {
    name,
    sent: (headers) => headers.has(`x-${name}-event`),
    proof(headers, { secrets }) {
      const signature = headers.get(`x-${name}-signature`) ?? ''
      if (signature === '') return null
      const proof = signedBody([signature], { keys: secrets, encoding: 'hex' })
      return isForm(headers) ? ofPayload(proof) : proof
    },
    read(headers, body) {
      const event = headers.get(`x-${name}-event`)
      if (event !== 'push') return otherEvent(event)
      const said = bodyOf(jsonOf(headers, body))
      return {
        kind: 'push',
        repositories: repositories(
          ['full_name', 'clone_url', 'ssh_url', 'html_url'].map((part) =>
            field(said, 'repository', part),
          ),
        ),
        changes: [refChange(field(said, 'ref'), field(said, 'after'))],
      }
    },
  }
}

/** Proves what a form holds instead of the form. */
function ofPayload(proof: Proof): Proof {
  const decode = formDecoder()
  return { ...proof, update: (chunk) => proof.update(decode(chunk)) }
}

export const gitea = host('gitea')
export const forgejo = host('forgejo')
