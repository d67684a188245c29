/** The repository's URL as git may see it, and who it names. */
export interface RepositoryUrl {
  /** Without user and password when it is http or https; else as given. */
  readonly url: string
  readonly username: string | null
  readonly password: string | null
}

/** Takes `user[:password]@` out of an http or https URL; other URLs and paths stay as they are. */
export function splitRepositoryUrl(text: string): RepositoryUrl {
  const match = /^(https?:\/\/)([^/@]*(?:@[^/@]*)*)@([^/@]*(?:\/.*)?)$/i.exec(text)
  if (!match) return { url: text, username: null, password: null }
  const [, scheme = '', userinfo = '', rest = ''] = match
  const colon = userinfo.indexOf(':')
  const username = colon < 0 ? userinfo : userinfo.slice(0, colon)
  return {
    url: `${scheme}${rest}`,
    username: decoded(username),
    password: colon < 0 ? null : decoded(userinfo.slice(colon + 1)),
  }
}

/** Without the password, and of http without the user too: a token may stand in its place. */
export function withoutLogin(url: string): string {
  return splitRepositoryUrl(url).url.replace(/^(\w[\w+.-]*:\/\/[^/:@]*):[^/]*@/, '$1@')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The name that a link gets when nobody names it: the last part of the URL. */
export function lastPartOf(url: string): string {
  return url.replace(/\/+$/, '').split('/').at(-1) ?? ''
}
