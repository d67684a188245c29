import { defineOptionGroup } from '#kit/options.ts'
import { address, peers } from './checks.ts'

export const push = defineOptionGroup('Push', {
  pushSecretFile: {
    flag: 'push-secret-file',
    kind: 'strings',
    default: [],
    env: 'GITSYNC_PUSH_SECRET_FILE',
    separator: ':',
    value: 'PATH',
    help: 'A file with a secret that a delivery to /push or a request to /sync must prove, one a line, repeated for several and read anew when it changes; separated by : in the environment; --period may then be long, and stays the safety net; without it neither path is there',
  },
  pushBind: {
    flag: 'push-bind',
    kind: 'string',
    default: '',
    env: 'GITSYNC_PUSH_BIND',
    value: 'HOST:PORT',
    help: 'Where /push and /sync answer; without it, at --http-bind',
    check: address,
  },
  pushRepo: {
    flag: 'push-repo',
    kind: 'strings',
    default: [],
    env: 'GITSYNC_PUSH_REPO',
    separator: ' ',
    value: 'NAME',
    help: 'What deliveries call the repository, as OWNER/NAME or URL, when that is not how --repo ends; repeated for several',
  },
  pushPeers: {
    flag: 'push-peers',
    kind: 'string',
    default: '',
    env: 'GITSYNC_PUSH_PEERS',
    value: 'HOST:PORT',
    help: 'A name with the addresses of all replicas, as of a headless Service: each delivery is passed on to all of them at once',
    check: peers,
  },
})
