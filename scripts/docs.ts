import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { options as gitSync } from '#git-sync/options/options.ts'
import { optionsMarkdown } from '#kit/options-docs.ts'
import { options as topz } from '#topz/options.ts'
import { compatibilityMarkdown } from './compatibility/page.ts'
import { topzApiMarkdown } from './topz-api.ts'

/** Files that are made from the source. Path from the project's folder to what it must hold. */
export const generated: Readonly<Record<string, () => string>> = {
  'docs/compatibility.md': compatibilityMarkdown,
  'docs/git-sync-options.md': () => optionsMarkdown(gitSync),
  'docs/topz-options.md': () => optionsMarkdown(topz),
  'docs/topz-api.md': topzApiMarkdown,
}

const root = resolve(import.meta.dir, '..')

/** Compares each file with what it must hold, or writes it; gives the paths that differed. */
export async function generatedFiles(mode: 'compare' | 'write'): Promise<readonly string[]> {
  const differing: string[] = []
  for (const [path, make] of Object.entries(generated)) {
    const wanted = make()
    const held = await readFile(resolve(root, path), 'utf8').catch(() => null)
    if (held === wanted) continue
    differing.push(path)
    if (mode === 'write') await Bun.write(resolve(root, path), wanted)
  }
  return differing
}

if (import.meta.main) {
  const write = process.argv.includes('--write')
  const differing = await generatedFiles(write ? 'write' : 'compare')
  for (const path of differing) console.log(write ? `wrote ${path}` : `${path} is not up to date`)
  if (!write && differing.length > 0) {
    console.log('Run `npm run fix` and commit what it writes')
    process.exitCode = 1
  }
}
