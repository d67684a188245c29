import { otherEvent, refChange, repositories } from './announcement.ts'
import { authorizationOf, basicLogin, wholeOrToken } from './authorization.ts'
import { bodyOf, field, items } from './body.ts'
import type { PushHost } from './host.ts'
import { shownSecret } from './proofs.ts'

/**
 * A service hook signs nothing. It shows a login (Basic), or an `Authorization` of the user's among
 * its HTTP headers. The secret is `user:password`, the password alone, the whole header or the token
 * in it. What happened stands in the body: `eventType` is `git.push`; how much of `resource` there is,
 * which may be nothing, is a setting of the hook. No header is promised; deliveries bear
 * `X-VSS-ActivityId`.
 *
 * https://learn.microsoft.com/en-us/azure/devops/service-hooks/services/webhooks
 * https://learn.microsoft.com/en-us/azure/devops/service-hooks/events#git.push
 */
export const azureDevops: PushHost = {
  name: 'azure-devops',
  sent: (headers) =>
    headers.has('x-vss-activityid') || authorizationOf(headers)?.scheme === 'basic',
  proof(headers, { secrets }) {
    const authorization = authorizationOf(headers)
    if (authorization === null) return null
    const { scheme, value } = authorization
    const login = scheme === 'basic' ? basicLogin(value) : []
    return shownSecret([...login, ...wholeOrToken(headers)], secrets)
  },
  read(_headers, body) {
    const said = bodyOf(body)
    const event = field(said, 'eventType')
    if (event !== 'git.push') return otherEvent(event)
    const repository = field(said, 'resource', 'repository')
    const project = field(repository, 'project', 'name')
    const name = field(repository, 'name')
    return {
      kind: 'push',
      repositories: repositories([
        typeof project === 'string' && typeof name === 'string' ? `${project}/${name}` : null,
        ...['remoteUrl', 'sshUrl', 'webUrl'].map((part) => field(repository, part)),
      ]),
      changes: items(field(said, 'resource', 'refUpdates')).map((update) =>
        refChange(field(update, 'name'), field(update, 'newObjectId')),
      ),
    }
  },
}
