/**
 * Options for `fetch` and `ls-remote` of a repository on this machine. Whoever owns it: git starts
 * its other side without our settings, and that side would refuse what another user owns.
 */
export function localOptions(url: string): readonly string[] {
  if (!isLocal(url)) return []
  return ["--upload-pack=git -c 'safe.directory=*' upload-pack"]
}

/** A path or file URL; `host:path` and other URLs are not. */
function isLocal(url: string): boolean {
  return /^file:\/\//i.test(url) || !/^[^/]*:/.test(url)
}
