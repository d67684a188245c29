import type { Setting } from '#git-sync/git/git-config.ts'
import { curlProxyFor } from './curl-proxy.ts'

/** How git would ask over http, as far as this program can do the same. */
export interface HttpWay {
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** URL of the proxy, or null. */
  readonly proxy: string | null
  /** A file of authorities instead of the machine's own, or null. */
  readonly authorities: string | null
  readonly checksCertificate: boolean
  /** In Netscape's format, or null. */
  readonly cookieFile: string | null
  readonly userAgent: string | null
}

export interface WayOptions {
  /** All that git is given beside our own, the last one of a key in effect. */
  readonly settings: readonly Setting[]
  /** The environment that git is given. */
  readonly env: Readonly<Record<string, string>>
}

/** Git's own way is the only one that is sure. */
export class NotModelled extends Error {
  override readonly name = 'NotModelled'
}

/**
 * Reads what decides how git asks a URL over http(s).
 * @throws NotModelled naming the first thing that this program does not do as git does.
 */
export function httpWay(url: URL, { settings, env }: WayOptions): HttpWay {
  const way = { ...plain, headers: [] as (readonly [string, string])[] }
  for (const [key, value] of settings) {
    const name = key.toLowerCase()
    if (isOfNoMatter(name)) continue
    switch (name) {
      case 'http.extraheader':
        if (value === '') way.headers.length = 0
        else way.headers.push(headerOf(value))
        break
      case 'http.proxy':
        way.proxy = value
        break
      case 'http.sslcainfo':
        way.authorities = absolute(name, value)
        break
      case 'http.sslverify':
        way.checksCertificate = truth(name, value)
        break
      case 'http.cookiefile':
        way.cookieFile = value === '' ? null : absolute(name, value)
        break
      case 'http.useragent':
        way.userAgent = value
        break
      default:
        throw new NotModelled(`the setting ${shownKey(key)}`)
    }
  }
  refuseVariables(env)
  return {
    ...way,
    authorities: env.GIT_SSL_CAINFO ?? way.authorities,
    checksCertificate: way.checksCertificate && env.GIT_SSL_NO_VERIFY === undefined,
    userAgent: env.GIT_HTTP_USER_AGENT ?? way.userAgent,
    proxy: curlProxyFor(url, { configured: way.proxy, env }),
  }
}

const plain: HttpWay = {
  headers: [],
  proxy: null,
  authorities: null,
  checksCertificate: true,
  cookieFile: null,
  userAgent: null,
}

/**
 * Sections that decide what git does with objects and files, not what a host answers. That of
 * `remote` is none of them: git looks there for URLs, too.
 */
const silentSections =
  /^(advice|am|apply|author|blame|branch|checkout|clean|color|column|commit|committer|core|diff|diffstat|fetch|filter|format|gc|gpg|grep|help|i18n|index|init|lfs|log|mailinfo|maintenance|merge|notes|pack|pager|pull|push|rebase|receive|rerere|safe|sequence|showbranch|sparse|splitindex|stash|status|submodule|tag|uploadarchive|user|versionsort|worktree)\./

/** Of http, what changes the transfer and no answer. */
const silentHttp =
  /^http\.(postbuffer|lowspeedlimit|lowspeedtime|maxrequests|minsessions|keepalive(idle|interval|count)?|version)$/

/** Other transports are not asked here. */
const silentProtocols = /^protocol\.(file|git|ssh|ext)\.allow$/

function isOfNoMatter(name: string): boolean {
  return [silentHttp, silentProtocols, silentSections].some((pattern) => pattern.test(name))
}

/** `GIT_…` that decide nothing about http, or that are read here. */
const knownVariables =
  /^GIT_(SYNC_.*|SSH.*|AUTHOR_.*|COMMITTER_.*|TERMINAL_PROMPT|ASKPASS|CONFIG_.*|OPTIONAL_LOCKS|CEILING_DIRECTORIES|ATTR_.*|FLUSH|MERGE_.*|DEFAULT_HASH|ADVICE|SSL_CAINFO|SSL_NO_VERIFY|HTTP_USER_AGENT|KNOWN_HOSTS|COOKIE_FILE)$/

function refuseVariables(env: WayOptions['env']): void {
  const odd = Object.keys(env).find((name) => /^GIT_/.test(name) && !knownVariables.test(name))
  if (odd !== undefined) throw new NotModelled(`the variable $${odd}`)
}

function headerOf(text: string): readonly [string, string] {
  const match = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e]*)$/.exec(text)
  if (!match?.[2]) throw new NotModelled('a header in http.extraHeader that is odd or empty')
  return [match[1] ?? '', match[2]]
}

/** Git knows homes in paths, and starts other ones in the folder that it runs in. */
function absolute(name: string, path: string): string {
  if (path.startsWith('/')) return path
  throw new NotModelled(`the setting ${name} with a path that does not begin with /`)
}

function truth(name: string, value: string): boolean {
  if (/^(true|yes|on|1)$/i.test(value)) return true
  if (/^(false|no|off|0|)$/i.test(value)) return false
  throw new NotModelled(`the setting ${name} with this value`)
}

/** A setting for one URL may hold a login in its middle. */
function shownKey(key: string): string {
  return key.replace(/(\/\/)[^/]*@/, '$1')
}
