import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { joinSettings, type Setting } from '#git-sync/git/git-config.ts'
import { codeOf } from '#kit/files.ts'
import { readSmallFile } from '#kit/small-file.ts'
import { patternsOf, readPatterns } from './sparse.ts'

export interface RecipeOptions {
  readonly sparseCheckoutFile: string
  readonly submodules: string
  readonly groupWrite: boolean
  readonly gitConfig: string
  readonly gitConfigAdd: readonly string[]
}

/** What shapes a tree beside its commit. */
export interface Recipe {
  readonly patterns: string | null
  /** By the option that says it. */
  readonly shape: Readonly<Record<string, string>>
}

/** What the options say now. @throws Error naming --sparse-checkout-file when it cannot be read. */
export async function readRecipe(options: RecipeOptions): Promise<Recipe> {
  const { sparseCheckoutFile, submodules, groupWrite, gitConfig, gitConfigAdd } = options
  return {
    patterns: await readPatterns(sparseCheckoutFile),
    shape: {
      '--submodules': submodules,
      '--group-write': String(groupWrite),
      '--git-config': digestOf(joinSettings([gitConfig, ...gitConfigAdd])),
    },
  }
}

/** Line ends, links, modes and filters; which submodules there are. Others, like proxies, do not. */
const shapesFiles = /^(core|filter|submodule)\./i

/** Not the settings themselves: a value may be a secret. */
function digestOf(settings: readonly Setting[]): string {
  const shaping = settings.filter(([key]) => shapesFiles.test(key))
  if (shaping.length === 0) return ''
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(shaping)).digest('hex')
}

/**
 * The options by which a tree would be another one now, told by its private folder. What no record
 * tells of, as in trees that another program made, is taken as it is.
 */
export async function changedOptions(admin: string, recipe: Recipe): Promise<readonly string[]> {
  const recorded = await recordedOptions(admin)
  const changed = Object.entries(recipe.shape)
    .filter(([option, value]) => (recorded?.[option] ?? value) !== value)
    .map(([option]) => option)
  if ((await patternsOf(admin)) !== recipe.patterns) changed.push('--sparse-checkout-file')
  return changed
}

/** Notes what a tree was made with. A record that is there already stays when `unlessThere`. */
export async function recordRecipe(
  admin: string,
  { shape }: Recipe,
  { unlessThere = false }: { readonly unlessThere?: boolean } = {},
): Promise<void> {
  if (unlessThere && (await recordedOptions(admin)) !== null) return
  await writeFile(recordFile(admin), `${JSON.stringify(shape)}\n`)
}

/** True of a tree that tells what it was made with. */
export async function hasRecipe(admin: string): Promise<boolean> {
  return (await recordedOptions(admin)) !== null
}

/** What a tree was made with, as it was noted; null without a note. */
export async function recordedOptions(admin: string): Promise<Record<string, unknown> | null> {
  try {
    return JSON.parse(readSmallFile(recordFile(admin))) as Record<string, unknown>
  } catch (error) {
    // Cut off by lost power, it tells nothing.
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return null
    throw error
  }
}

function recordFile(admin: string): string {
  return join(admin, 'sync-recipe')
}
