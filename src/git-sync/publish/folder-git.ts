import { rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Layout } from '#git-sync/tree/layout.ts'
import { adminOf } from '#git-sync/tree/served.ts'
import { writeFileAtomic } from '#kit/files.ts'

/** True when a folder is a working tree of ours by its `.git` file. */
export async function isLinkedToAdmin({ adminDir }: Layout, folder: string): Promise<boolean> {
  const admin = await adminOf(folder)
  return admin !== null && dirname(admin) === adminDir
}

/** Makes a folder a working tree of a commit for the place that it is going to. */
export async function linkFolderToAdmin(
  folder: string,
  { place, tree }: { readonly place: string; readonly tree: string },
): Promise<void> {
  const admin = await adminOf(tree)
  if (admin === null) throw new Error(`Cannot publish ${tree}: it has no .git file`)
  await writeFileAtomic(join(folder, '.git'), `gitdir: ${relative(place, admin)}\n`)
}

/** A folder whose files change one by one is no working tree of any commit. */
export async function dropLinkToAdmin(layout: Layout, folder: string): Promise<void> {
  if (await isLinkedToAdmin(layout, folder)) await rm(join(folder, '.git'))
}
