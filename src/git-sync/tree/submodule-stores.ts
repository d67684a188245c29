import { appendFile, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Git } from '#git-sync/git/git.ts'
import type { Commit, ObjectFormat } from '#git-sync/git/refs.ts'
import { namesIn, temporaryBeside } from '#kit/files.ts'
import type { Layout } from './layout.ts'
import { linkToAdmin } from './link-to-admin.ts'

/** What a store is for. Another depth is another one: to cut history would cut it for all its trees. */
export interface StoreOf {
  /** Without a login: stores outlive passwords. */
  readonly url: string
  /** Commits of history; 0 is all of it. */
  readonly depth: number
  readonly format: ObjectFormat
}

/** A repository without files that all trees share: submodules in them are its linked working trees. */
export interface Store {
  readonly path: string
  /** Nothing was fetched into it yet. */
  readonly isNew: boolean
}

/** A digest, for no text of a repository shall be a path of ours; then how often it was begun anew. */
const storeName = /^[\da-f]{32}-\d+$/

/** The stores of a root, also those given up. */
export async function storesIn(layout: Layout): Promise<readonly string[]> {
  const names = await namesIn(layout.modulesDir)
  return names.filter((name) => storeName.test(name)).map((name) => join(layout.modulesDir, name))
}

/** The store that is in use for this, made when there is none. */
export async function openStore(git: Git, layout: Layout, what: StoreOf): Promise<Store> {
  const { url, depth, format } = what
  const digest = new Bun.CryptoHasher('sha256')
    .update(JSON.stringify([url, depth, format]))
    .digest('hex')
  const key = digest.slice(0, 32)
  const generations = (await storesIn(layout))
    .map((path) => basename(path).split('-'))
    .flatMap(([ofKey, generation]) => (ofKey === key ? [Number(generation)] : []))
  const newest = Math.max(0, ...generations)
  const path = join(layout.modulesDir, `${key}-${newest}`)
  if (newest > 0 && !(await isGivenUp(path))) return { path, isNew: false }
  const next = join(layout.modulesDir, `${key}-${newest + 1}`)
  await makeStore(git, next, format)
  return { path: next, isNew: true }
}

/** Under another name first: a store that is there is a whole one. */
async function makeStore(git: Git, path: string, format: ObjectFormat): Promise<void> {
  const temporary = temporaryBeside(path)
  try {
    const how = ['--quiet', '--bare', '--template=', `--object-format=${format}`]
    await git.run(`Cannot make a repository in ${path}`, ['init', ...how, temporary])
    await appendFile(join(temporary, 'config'), '[submodule]\n\tactive = .\n')
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

/**
 * A store that git cannot use is left to the trees that have files of it, and goes when they go:
 * another one takes its part.
 */
export async function giveUp(store: string): Promise<void> {
  await writeFile(givenUpFile(store), '')
}

/** True of a store that is broken. */
export function isGivenUp(store: string): Promise<boolean> {
  return lstat(givenUpFile(store)).then(
    () => true,
    () => false,
  )
}

function givenUpFile(store: string): string {
  return join(store, 'sync-broken')
}

/** A tree left a commit that no other is of: until it is cleaned, whoever is killed in between. */
export async function noteGarbage(store: string): Promise<void> {
  await writeFile(garbageFile(store), '')
}

/** There while a store waits to be cleaned. */
export function garbageFile(store: string): string {
  return join(store, 'sync-gc-due')
}

/** A working tree of a store: the files of one submodule in one tree. */
export interface StoreTree {
  /** Its private folder in the store. */
  readonly admin: string
  /** The private folder, by name, of the tree around all: while that is there, this one is in use. */
  readonly owner: string
  readonly commit: string
}

/** All that are in a store, also of trees that are gone. */
export async function treesOf(store: string): Promise<readonly StoreTree[]> {
  const folder = join(store, 'worktrees')
  return Promise.all(
    (await namesIn(folder)).map(async (name) => {
      const head = await readFile(join(folder, name, 'HEAD'), 'utf8').catch(() => '')
      const owner = name.slice(0, Math.max(0, name.lastIndexOf('-')))
      return { admin: join(folder, name), owner, commit: head.trim() }
    }),
  )
}

/** The store of a working tree, by its private folder. */
export function storeOf(admin: string): string {
  return dirname(dirname(admin))
}

/** True when a submodule of some tree holds all objects of the commit: they were there before it. */
export async function holdsWhole(store: string, commit: Commit): Promise<boolean> {
  return (await treesOf(store)).some((tree) => tree.commit === commit)
}

export interface NewStoreTree {
  readonly commit: Commit
  readonly folder: string
  /** Name of the private folder of the tree around all. */
  readonly owner: string
  /** One of all submodules in that tree. */
  readonly number: number
}

/**
 * Makes a folder a working tree of the store, as `git worktree add` does (gitrepository-layout(5)),
 * without the files. Returns its private folder.
 */
export async function addTree(store: string, tree: NewStoreTree): Promise<string> {
  const { commit, folder } = tree
  const admin = join(store, 'worktrees', nameOf(tree))
  await mkdir(admin, { recursive: true })
  await writeFile(join(admin, 'HEAD'), `${commit}\n`)
  await writeFile(join(admin, 'commondir'), '../..\n')
  await writeFile(join(admin, 'gitdir'), `${join(folder, '.git')}\n`)
  await linkToAdmin(folder, admin)
  return admin
}

/** Forgets what `addTree` made in a store, as far as it came. */
export async function dropTree(store: string, tree: NewStoreTree): Promise<void> {
  await rm(join(store, 'worktrees', nameOf(tree)), { recursive: true, force: true })
}

function nameOf({ owner, number }: NewStoreTree): string {
  return `${owner}-${number}`
}

/** Forgets the submodules of one tree, which is named by its private folder. */
export async function dropTreesOf(layout: Layout, owner: string): Promise<void> {
  for (const store of await storesIn(layout)) {
    for (const tree of await treesOf(store)) {
      if (tree.owner === owner) await rm(tree.admin, { recursive: true, force: true })
    }
  }
}
