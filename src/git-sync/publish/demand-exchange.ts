import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Layout } from '#git-sync/tree/layout.ts'
import { codeOf, temporaryBeside } from '#kit/files.ts'
import { exchangeAtOnce } from '#kit/rename-exchange.ts'
import { openFolder } from './place-tree.ts'

/**
 * Tries on two empty folders whether one in the root and one at the link can be exchanged.
 * @throws Error that says what to do when they cannot.
 */
export async function demandExchange(layout: Layout, link: string): Promise<void> {
  const place = join(await openFolder(link), basename(link))
  const refused = (why: string): Error =>
    new Error(`Cannot use --publish=exchange at ${link}: ${why}`)
  if (isMountPoint(place)) {
    throw refused(
      'a volume is mounted there; mount the folder around it, or give --publish=in-place',
    )
  }
  await mkdir(layout.trees, { recursive: true })
  const ours = temporaryBeside(join(layout.trees, 'trial'))
  const other = temporaryBeside(place)
  try {
    mkdirSync(ours)
    try {
      renameSync(ours, other)
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw error
      throw refused(
        'it is on another volume than --root; put both on one, or give --publish=in-place',
      )
    }
    mkdirSync(ours)
    if (!exchangeAtOnce(ours, other)) {
      throw refused('the file system cannot exchange folders; give --publish=link or in-place')
    }
  } finally {
    for (const path of [ours, other]) await rm(path, { recursive: true, force: true })
  }
}

/** By the kernel's list: proc(5). In it a space, a tab, a line end and a backslash are octal. */
function isMountPoint(path: string): boolean {
  const shown = path.replace(
    /[ \t\n\\]/g,
    (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return lines.some((line) => line.split(' ')[4] === shown)
}
