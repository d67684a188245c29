import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { chmod, mkdir, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Agreed } from '#git-sync/gate/gate.ts'
import { gitIn } from '#git-sync/git/git-for-tests.ts'
import { toCommit } from '#git-sync/git/refs.ts'
import { type Layout, layoutOf } from '#git-sync/tree/layout.ts'
import { systemClock } from '#kit/clock.ts'
import type { ExchangeOptions } from './exchange.ts'
import type { PublisherOptions } from './open-publisher.ts'

/** Of each publisher. */
export type AllOptions = ExchangeOptions & Pick<PublisherOptions, 'fsync'>

/** A file's content; `*` first makes it executable, `->` first a link. */
export type Files = Readonly<Record<string, string>>

export interface Trees {
  readonly layout: Layout
  readonly link: string
  /** A tree of a new commit that has these files and no others. */
  tree(files: Files): Promise<Agreed>
  /** For a publisher at the link, or at another place. */
  options(mode: string, more?: Partial<AllOptions>): AllOptions
}

/** A root with a repository in which trees of any files are made. */
export async function newTrees(root: string): Promise<Trees> {
  const layout = layoutOf(root)
  const link = join(root, 'www/site')
  const work = join(root, 'work')
  await mkdir(work, { recursive: true })
  await gitIn(root, 'init', '--quiet')
  await gitIn(work, 'init', '--quiet')
  const signal = new AbortController().signal
  return {
    layout,
    link,
    async tree(files) {
      for (const name of readdirSync(work)) {
        if (name !== '.git') await rm(join(work, name), { recursive: true })
      }
      for (const [path, content] of Object.entries(files)) await put(join(work, path), content)
      await gitIn(work, 'add', '--all')
      const name = ['-c', 'user.name=T', '-c', 'user.email=t@example.com']
      await gitIn(work, ...name, 'commit', '--quiet', '--allow-empty', '--message', 'x')
      const commit = toCommit(await gitIn(work, 'rev-parse', 'HEAD'))
      await gitIn(root, 'fetch', '--quiet', work, commit)
      const path = layout.newTree()
      mkdirSync(layout.trees, { recursive: true })
      await gitIn(root, 'worktree', 'add', '--quiet', '--force', '--detach', path, commit)
      return { commit, path, admin: join(layout.adminDir, basename(path)) } as Agreed
    },
    options: (mode, more = {}) => ({
      layout,
      link,
      pointer: mode === 'link' ? link : join(layout.published, 'tree'),
      subdir: '',
      bootIdFile: '/proc/sys/kernel/random/boot_id',
      clock: systemClock,
      stop: signal,
      graceMs: 0,
      keepsSecond: true,
      fsync: false,
      durability: null,
      ...more,
    }),
  }
}

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  if (content.startsWith('->')) {
    await symlink(content.slice(2), path)
    return
  }
  await Bun.write(path, content)
  if (content.startsWith('*')) await chmod(path, 0o755)
}

/** The same of a folder on disk, with its empty folders, without its `.git`. */
export function filesIn(folder: string, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(join(folder, prefix)).sort()) {
    const path = join(prefix, name)
    const full = join(folder, path)
    const stat = lstatSync(full)
    if (path === '.git') continue
    if (stat.isSymbolicLink()) found[path] = `->${readlinkSync(full)}`
    else if (stat.isDirectory()) {
      const below = filesIn(folder, path)
      Object.assign(found, Object.keys(below).length === 0 ? { [path]: 'empty folder' } : below)
    } else {
      const isRight =
        (stat.mode & 0o777) === (readFileSync(full, 'utf8')[0] === '*' ? 0o755 : 0o644)
      found[path] = `${isRight ? '' : stat.mode.toString(8)}${readFileSync(full, 'utf8')}`
    }
  }
  return found
}
