import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import { promisorOf } from '#git-sync/git/local.ts'
import { codeOf } from '#kit/files.ts'
import type { Layout } from './layout.ts'

/**
 * Git asks the URL of a filtered fetch for the objects that were left out. After a change of --repo
 * it shall ask the new one, and not wait for a host that may be gone.
 */
export async function followUrl(
  git: Git,
  { layout, url }: { readonly layout: Layout; readonly url: string },
): Promise<void> {
  const names = await promisors(layout)
  const wanted = promisorOf(url)
  let isThere = names.includes(wanted)
  for (const name of names) {
    if (name === wanted) continue
    const how = isThere
      ? ['--remove-section', `remote.${name}`]
      : ['--rename-section', `remote.${name}`, `remote.${wanted}`]
    await git.run('Cannot follow --repo', ['--git-dir=.git', 'config', ...how])
    isThere = true
  }
}

/** The remotes, named by their URL, from which objects were left out. */
async function promisors(layout: Layout): Promise<readonly string[]> {
  const config = await readFile(join(layout.gitDir, 'config'), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return ''
    throw error
  })
  // A section is `[remote "NAME"]` with lines of `key = value`; in a name, \ stands before \ and ".
  const sections = config.matchAll(/^\[remote "((?:[^"\\]|\\.)*)"\]\n((?:[^[].*\n)*)/gm)
  return [...sections]
    .filter(([, , lines]) => /^\s*promisor\s*=\s*true\s*$/im.test(lines ?? ''))
    .map(([, name]) => (name ?? '').replaceAll(/\\(.)/g, '$1'))
}
