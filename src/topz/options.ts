import { parseBind } from '#kit/http.ts'
import { defineOptions } from '#kit/options.ts'
import { prefixFault } from '#kit/path-prefix.ts'
import { historyBytes } from '#topz/history/history.ts'
import { limitFault } from '#topz/sample/limits.ts'
import { shortestIntervalMs } from './moments.ts'

/** The table of all options: parser, `--help` and documents read it. */
export const options = defineOptions({
  program: 'topz',
  summary: 'Shows what every process of every container of its pod uses, at /topz.',
  dialect: 'go',
  options: {
    addr: {
      flag: 'addr',
      kind: 'string',
      default: '0.0.0.0:8080',
      env: 'TOPZ_ADDR',
      value: 'HOST:PORT',
      help: 'The address to serve on; :PORT is all addresses of both families',
      check: (value: string) => faultOf(() => parseBind(value)),
    },
    interval: {
      flag: 'interval',
      kind: 'duration',
      default: 1000,
      env: 'TOPZ_INTERVAL',
      value: 'DURATION',
      help: 'How often pages are brought up to date, and how old an answer may be; from 500ms',
      check: (value: number) => (value < shortestIntervalMs ? 'must be at least 500ms' : null),
    },
    history: {
      flag: 'history',
      kind: 'duration',
      default: 900_000,
      env: 'TOPZ_HISTORY',
      value: 'DURATION',
      help: `How far one can look back; 0 switches it off, and then nothing is read while nobody looks. It takes at most ${historyBytes / 2 ** 20} MiB of memory: what does not fit makes older moments coarser`,
      check: (value: number) =>
        value !== 0 && (value < 10_000 || value > 86_400_000)
          ? 'must be 0, or from 10s to 24h'
          : null,
    },
    idleInterval: {
      flag: 'idle-interval',
      kind: 'duration',
      default: 10_000,
      env: 'TOPZ_IDLE_INTERVAL',
      value: 'DURATION',
      help: 'How often the history gets a moment while nobody looks; from 500ms',
      check: (value: number) => (value < shortestIntervalMs ? 'must be at least 500ms' : null),
    },
    allowHosts: {
      flag: 'allow-host',
      kind: 'strings',
      default: [],
      env: 'TOPZ_ALLOW_HOST',
      separator: ',',
      value: 'NAME',
      help: 'A host name that browsers may use beside addresses, names of one label and names inside the cluster; *.NAME for all below it; may be given several times',
    },
    tokenFiles: {
      flag: 'token-file',
      kind: 'strings',
      default: [],
      env: 'TOPZ_TOKEN_FILE',
      separator: ',',
      value: 'PATH',
      help: 'Answer only who shows a token of this file (one a line), as Authorization: Bearer or as the password of any user; read for each request; /healthz stays open; may be given several times',
    },
    loginFiles: {
      flag: 'login-file',
      kind: 'strings',
      default: [],
      env: 'TOPZ_LOGIN_FILE',
      separator: ',',
      value: 'PATH',
      help: 'Answer only who logs in as this file says: USER:PASSWORD on each line, the password as it is or as a digest of htpasswd -B; with --token-file either will do; may be given several times',
    },
    pathPrefix: {
      flag: 'path-prefix',
      kind: 'string',
      default: '',
      env: 'TOPZ_PATH_PREFIX',
      value: 'PATH',
      help: 'Answer below this path as well, for a proxy that does not take it away: with /tools, /tools/topz is /topz',
      check: prefixFault,
    },
    limits: {
      flag: 'limit',
      kind: 'strings',
      default: [],
      env: 'TOPZ_LIMIT',
      separator: ',',
      value: 'CONTAINER:cpu|memory=QUANTITY',
      help: 'A limit of a container whose control group topz may not read, as app:memory=128Mi or app:cpu=500m; with variables of the downward API it follows the manifest; may be given several times',
      checkText: limitFault,
    },
    environment: {
      flag: 'environment',
      kind: 'bool',
      default: false,
      env: 'TOPZ_ENVIRONMENT',
      help: 'Show the environment of a process to who asks for its details; what looks like a secret is masked',
    },
    procRoot: {
      flag: 'proc-root',
      kind: 'string',
      default: '/proc',
      env: 'TOPZ_PROC_ROOT',
      value: 'PATH',
      help: 'Where the process file system to show is mounted',
    },
  },
})

/** What is wrong with a value, as the end of a sentence. */
function faultOf(read: () => unknown): string | null {
  try {
    read()
    return null
  } catch {
    return 'must be HOST:PORT, [IPV6]:PORT or :PORT'
  }
}
