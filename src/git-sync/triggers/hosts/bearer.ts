import { fullRef, refChange, repositories } from './announcement.ts'
import { authorizationOf } from './authorization.ts'
import { bodyOf, field, unreadable } from './body.ts'
import type { PushHost, RefChange } from './host.ts'
import { bytesOf, shownSecret } from './proofs.ts'

/**
 * Anything else that can send a header: a hook of a bare repository, a CI job, a person with curl. The
 * secret stands behind `Authorization: Bearer`. The body may be empty, or JSON that we define:
 * `{ "repository": "OWNER/NAME or URL", "ref": "refs/heads/main or main", "commit": "full hash" }`,
 * each of them as one likes; `commit` needs `ref`, and null tells that the ref was deleted.
 *
 * https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export const bearer: PushHost = {
  name: 'bearer',
  sent: (headers) => authorizationOf(headers)?.scheme === 'bearer',
  proof(headers, { secrets }) {
    const token = authorizationOf(headers)?.value ?? ''
    return token === '' ? null : shownSecret([bytesOf(token)], secrets)
  },
  read(_headers, body) {
    if (body.length === 0) return { kind: 'push', repositories: [], changes: [] }
    const said = bodyOf(body)
    return {
      kind: 'push',
      repositories: repositories([field(said, 'repository')]),
      changes: changesIn(said),
    }
  },
}

function changesIn(said: unknown): readonly RefChange[] {
  const ref = field(said, 'ref')
  const commit = field(said, 'commit')
  if (ref === undefined) {
    if (commit === undefined) return []
    throw unreadable('it names a commit and no ref')
  }
  const full = typeof ref === 'string' && !ref.startsWith('refs/') ? fullRef('heads', ref) : ref
  return [refChange(full, commit)]
}
