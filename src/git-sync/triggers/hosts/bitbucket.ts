import { fullRef, otherEvent, refChange, repositories } from './announcement.ts'
import { bodyOf, field, items } from './body.ts'
import type { Proof, PushHost, RefChange } from './host.ts'
import { signedBody } from './proofs.ts'

/**
 * Cloud and Server (Data Center) alike: the body's HMAC-SHA256 in `X-Hub-Signature` as `sha256=<hex>`,
 * the event in `X-Event-Key`: `repo:push` of Cloud, `repo:refs_changed` of Server, and
 * `diagnostics:ping` of Server's button "Test connection", which comes without a signature.
 *
 * https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
 * https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Push
 * https://confluence.atlassian.com/bitbucketserver/manage-webhooks-938025878.html
 * https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html
 */
export const bitbucket: PushHost = {
  name: 'bitbucket',
  sent: (headers) => headers.has('x-event-key'),
  proof(headers, { secrets }) {
    const header = headers.get('x-hub-signature')
    if (header === null && isPing(headers)) return emptyPing()
    const signature = /^sha256=(.+)$/.exec(header ?? '')?.[1]
    if (signature === undefined) return null
    return signedBody([signature], { keys: secrets, encoding: 'hex' })
  },
  read(headers, body) {
    if (isPing(headers)) return { kind: 'ping' }
    const event = headers.get('x-event-key')
    if (event !== 'repo:push' && event !== 'repo:refs_changed') return otherEvent(event)
    const said = bodyOf(body)
    const changes =
      event === 'repo:push'
        ? items(field(said, 'push', 'changes')).map(cloudChange)
        : items(field(said, 'changes')).map(serverChange)
    return { kind: 'push', repositories: namesIn(field(said, 'repository')), changes }
  },
}

function isPing(headers: Headers): boolean {
  return headers.get('x-event-key') === 'diagnostics:ping'
}

/** What a ping may say: nothing, so that what anybody can send never passes for a push. */
const pingBody = /^\s*(?:\{\s*"test"\s*:\s*true\s*\})?\s*$/
const pingBytes = 64

function emptyPing(): Proof {
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  return {
    update(chunk) {
      bytes += chunk.length
      if (bytes <= pingBytes) text += decoder.decode(chunk, { stream: true })
    },
    verdict: () => (bytes <= pingBytes && pingBody.test(text) ? 'ping' : 'wrong'),
  }
}

/** `new` is null when the branch or tag was deleted; then `old` tells which it was. */
function cloudChange(change: unknown): RefChange {
  const now = field(change, 'new') ?? null
  const state = now ?? field(change, 'old')
  const kind = field(state, 'type') === 'tag' ? 'tags' : 'heads'
  const commit = now === null ? null : field(now, 'target', 'hash')
  return refChange(fullRef(kind, field(state, 'name')), commit)
}

function serverChange(change: unknown): RefChange {
  const gone = field(change, 'type') === 'DELETE'
  return refChange(field(change, 'ref', 'id'), gone ? null : field(change, 'toHash'))
}

/** Server's clone URLs end in `KEY/SLUG`, Cloud's in `full_name`. */
function namesIn(repository: unknown): readonly string[] {
  const key = field(repository, 'project', 'key')
  const slug = field(repository, 'slug')
  const links = field(repository, 'links')
  return repositories([
    field(repository, 'full_name'),
    typeof key === 'string' && typeof slug === 'string' ? `${key}/${slug}` : null,
    field(links, 'html', 'href'),
    ...items(field(links, 'clone')).map((link) => field(link, 'href')),
  ])
}
