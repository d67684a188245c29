import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import { codeOf } from '#kit/files.ts'
import { reasonOf } from '#kit/log.ts'
import { readSmallFile } from '#kit/small-file.ts'
import type { Layout } from './layout.ts'

export interface SparseOptions {
  readonly git: Git
  readonly layout: Layout
  /** The patterns of a sparse checkout, one a line; null for all files. */
  readonly patterns: string | null
}

/** Patterns are bytes of any encoding: each is one character here. */
const encoding = 'latin1'

/**
 * The patterns of --sparse-checkout-file, which is empty for none.
 * @throws Error naming the option when the file cannot be read.
 */
export async function readPatterns(sparseCheckoutFile: string): Promise<string | null> {
  if (sparseCheckoutFile === '') return null
  try {
    return await readFile(sparseCheckoutFile, encoding)
  } catch (cause) {
    throw new Error(
      `Cannot read --sparse-checkout-file ${sparseCheckoutFile}: ${reasonOf(cause)}; ` +
        'give it a file of patterns that this user can read',
      { cause },
    )
  }
}

/** The patterns of a tree, by its private folder; null when it has all files. */
export async function patternsOf(admin: string): Promise<string | null> {
  try {
    return readSmallFile(patternsFile(admin), encoding)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null
    throw error
  }
}

/** Tells git, before the files are written, which of them the tree shall have. */
export async function makeSparse(admin: string, options: SparseOptions): Promise<void> {
  const { git, patterns } = options
  if (patterns === null) return
  await allowOwnSettings(options)
  await mkdir(join(admin, 'info'), { recursive: true })
  await writeFile(patternsFile(admin), patterns, encoding)
  await writeFile(settingsFile(admin), settings({ cone: true }))
  const list = [`--git-dir=${admin}`, 'sparse-checkout', 'list']
  const { stderr } = await git.attempt(list)
  if (!stderr.includes('disabling cone pattern matching')) return
  await writeFile(settingsFile(admin), settings({ cone: false }))
}

/**
 * Of this tree alone, so that whoever runs git in another one sees all its files. In cone mode, the
 * default of `git sparse-checkout init`, patterns of whole folders are compared much faster, and the
 * files of the topmost folder are always there. Of other patterns git would warn in each command.
 */
function settings({ cone }: { readonly cone: boolean }): string {
  return `[core]\n\tsparseCheckout = true\n\tsparseCheckoutCone = ${cone}\n`
}

/** Makes git read the settings of single trees. */
async function allowOwnSettings({ git, layout }: SparseOptions): Promise<void> {
  const config = await readFile(join(layout.gitDir, 'config'), 'utf8')
  if (/^\s*worktreeconfig\s*=\s*true\s*$/im.test(config)) return
  await git.run('Cannot let trees have settings', ['config', 'extensions.worktreeConfig', 'true'])
}

function patternsFile(admin: string): string {
  return join(admin, 'info', 'sparse-checkout')
}

function settingsFile(admin: string): string {
  return join(admin, 'config.worktree')
}
