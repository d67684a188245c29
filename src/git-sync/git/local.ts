import type { GitAuth } from './auth.ts'

/**
 * Options for `fetch` and `ls-remote` of a repository on this machine. Whoever owns it: git starts
 * its other side without our settings, and that side would refuse what another user owns.
 */
export function localOptions(url: string): readonly string[] {
  return isLocal(url) ? [`--upload-pack=${otherSide}`] : []
}

/** The same as settings, for what git fetches of its own accord: objects that a filter left out. */
export function localSettings(url: string): GitAuth['config'] {
  return isLocal(url) ? [[`remote.${promisorOf(url)}.uploadpack`, otherSide]] : []
}

/** The URL that git can keep in mind for objects that a filter left out: it takes no path for one. */
export function promisorOf(url: string): string {
  return url.startsWith('/') ? Bun.pathToFileURL(url).href : url
}

const otherSide = "git -c 'safe.directory=*' upload-pack"

/** A path or file URL; `host:path` and other URLs are not. */
function isLocal(url: string): boolean {
  return /^file:\/\//i.test(url) || !/^[^/]*:/.test(url)
}
