/** What a commit's `.gitmodules` says of one submodule: see gitmodules(5). */
export interface Submodule {
  /** As written: it may be relative to the URL of the repository around it. */
  readonly url: string
  /** `none` leaves its folder empty. */
  readonly update: string
  /** One commit of history is enough. */
  readonly isShallow: boolean
}

/**
 * The submodules by their path, from what `git config --null --list` prints of a `.gitmodules`. As
 * git does, it passes over names that would lead out of a folder, and over values that would be taken
 * for options.
 */
export function parseGitmodules(listing: string): ReadonlyMap<string, Submodule> {
  const sections = new Map<string, Map<string, string>>()
  const nameOfPath = new Map<string, string>()
  for (const entry of listing.split('\0')) {
    // A key without a value is true.
    const [, name, variable, value = 'true'] =
      /^submodule\.(.*?)\.([a-z][a-z\d-]*)(?:\n(.*))?$/s.exec(entry) ?? []
    if (name === undefined || variable === undefined || !isProperName(name)) continue
    if (value.startsWith('-')) continue
    const section = sections.get(name) ?? new Map<string, string>()
    sections.set(name, section.set(variable, value))
    if (variable === 'path') nameOfPath.set(value, name)
  }
  const found = new Map<string, Submodule>()
  for (const [path, name] of nameOfPath) {
    const section = sections.get(name)
    const url = section?.get('url')
    // One that got another path afterwards, or that nobody can fetch, is as good as absent.
    if (section?.get('path') !== path || url === undefined) continue
    found.set(path, {
      url,
      update: section.get('update') ?? 'checkout',
      isShallow: /^(true|yes|on|[1-9]\d*)$/i.test(section.get('shallow') ?? ''),
    })
  }
  return found
}

function isProperName(name: string): boolean {
  return name !== '' && !name.split(/[/\\]/).includes('..')
}
