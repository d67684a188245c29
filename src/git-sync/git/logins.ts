import { domainToUnicode } from 'node:url'
import type { GitAuth, Login } from './auth.ts'

/** A login with one of the beginnings of a URL that it is for, as all of them are written here. */
interface Place {
  readonly prefix: string
  readonly login: Login
}

/**
 * How git learns logins by its own credential mechanism: for each place a helper that prints two
 * variables which only git gets. So no secret is in an argument or a file, and `git credential fill`
 * answers whoever runs as `--git`. Git asks all helpers whose URL fits, in the order of its settings:
 * an empty one makes it forget those of shorter URLs.
 */
export function helpersOf(logins: readonly Login[]): Pick<GitAuth, 'config' | 'env'> {
  const nameOf = (what: string, login: Login): string => `SIDECARS_${what}_${logins.indexOf(login)}`
  const config = [...placesOf(logins)].reverse().flatMap(({ prefix, login }) => {
    const words = [nameOf('USERNAME', login), nameOf('PASSWORD', login)].map((name) => `"$${name}"`)
    const print = `printf 'username=%s\\npassword=%s\\n' ${words.join(' ')}`
    return spellingsOf(prefix).flatMap((spelling) => {
      const key = `credential.${spelling}.helper`
      return [[key, ''] as const, [key, `!f() { test "$1" = get && ${print}; }; f`] as const]
    })
  })
  const env = logins.flatMap((login) => [
    [nameOf('USERNAME', login), login.username],
    [nameOf('PASSWORD', login), login.password],
  ])
  return { config, env: Object.fromEntries(env) }
}

/** The login that git would take for the URL, or null. */
export function loginFor(url: string, logins: readonly Login[]): Login | null {
  const wanted = `${placeName(url)}/`
  const found = placesOf(logins).find(({ prefix }) => wanted.startsWith(`${prefix}/`))
  return found?.login ?? null
}

/** All places, the longest first; of equal ones the one given first. */
function placesOf(logins: readonly Login[]): readonly Place[] {
  return logins
    .flatMap((login) => prefixesOf(login.url).map((prefix) => ({ prefix, login })))
    .sort((one, other) => other.prefix.length - one.prefix.length)
}

/** A repository has two names on most hosts: with `.git` and without. */
function prefixesOf(url: string): readonly string[] {
  const prefix = placeName(url)
  const isWholeHost = /^\w+:\/\/[^/]*$/.test(prefix)
  if (isWholeHost) return [prefix]
  const name = prefix.replace(/\.git$/, '')
  return [name, `${name}.git`]
}

/**
 * The URL in lower case where case means nothing, without a user, usual port, first empty and final
 * slashes, its path escaped as git does it.
 */
function placeName(url: string): string {
  if (!URL.canParse(url)) return url
  const { protocol, host, pathname } = new URL(url)
  const parts = pathname.replace(/^\/+|\/+$/g, '').split('/')
  return [`${protocol}//${host}`, ...parts.map(escaped)].join('/').replace(/\/$/, '')
}

/** Only letters, digits and `-_.~` stand for themselves. What is no UTF-8 stays as it is. */
function escaped(part: string): string {
  try {
    const sign = (found: string): string => `%${found.charCodeAt(0).toString(16).toUpperCase()}`
    return encodeURIComponent(decodeURIComponent(part)).replace(/[!'()*]/g, sign)
  } catch {
    return part
  }
}

/** Git finds hosts with `_` or letters of other alphabets only when all of them is escaped. */
function spellingsOf(prefix: string): readonly string[] {
  const [, scheme = '', host = '', path = ''] = /^(\w+:\/\/)([^/]*)(.*)$/.exec(prefix) ?? []
  if (!/_|xn--/.test(host)) return [prefix]
  const given = host.replace(/^[^:]+/, domainToUnicode)
  return [prefix, `${scheme}${encodeURIComponent(given).replaceAll('_', '%5F')}${path}`]
}
