import { azureDevops } from './azure-devops.ts'
import { bearer } from './bearer.ts'
import { bitbucket } from './bitbucket.ts'
import { forgejo, gitea } from './gitea.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import type { PushHost } from './host.ts'

/**
 * The first that takes the headers for its own is the host. Forgejo sends the headers of Gitea, both
 * those of GitHub; Azure DevOps may send any `Authorization`, and what has nothing but that is the last.
 */
export const hosts: readonly PushHost[] = [
  forgejo,
  gitea,
  github,
  gitlab,
  bitbucket,
  azureDevops,
  bearer,
]
