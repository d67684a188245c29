import { basename } from 'node:path'
import { isSound, tellsOfCorruption } from '#git-sync/git/corruption.ts'
import type { Git } from '#git-sync/git/git.ts'
import { type Commit, objectFormatOf } from '#git-sync/git/refs.ts'
import { splitRepositoryUrl } from '#git-sync/git/repository-url.ts'
import type { Clock } from '#kit/clock.ts'
import { type Log, reasonOf } from '#kit/log.ts'
import { bringFiles, type Files, gitAt } from './bring-files.ts'
import { withoutWorkers } from './checkout-git.ts'
import { emptyFolder } from './empty-folder.ts'
import { fetchSubmodule, hasCommit, type SubmoduleFetch } from './fetch-submodule.ts'
import { keepIndex } from './kept-index.ts'
import type { Layout } from './layout.ts'
import type { Tree } from './materialise.ts'
import {
  addTree,
  dropTree,
  giveUp,
  holdsWhole,
  type NewStoreTree,
  openStore,
  type Store,
  storeOf,
} from './submodule-stores.ts'
import { type Turns, turns } from './turns.ts'

export interface WantedFiles {
  /** The folder of the repository around it. */
  readonly within: string
  /** From there. */
  readonly path: string
  /** It may hold a login. */
  readonly url: string
  readonly commit: Commit
  /** Commits of history; 0 is all of it. */
  readonly depth: number
}

/** A submodule with its files. */
export interface FilledFiles {
  readonly path: string
  /** Its private folder in its store. */
  readonly admin: string
}

export interface FilesToBring extends Files {
  readonly fillsSubmodules: boolean
}

export interface FillerOptions {
  readonly git: Git
  readonly layout: Layout
  readonly log: Log
  readonly clock: Clock
}

/** Fills the submodules of one tree. */
export interface Filler {
  /**
   * From its store when that has the commit, else from its host. After one that failed no other is
   * begun.
   * @throws GitError when neither has it.
   */
  fill(wanted: WantedFiles): Promise<FilledFiles>
  /**
   * Brings files that stand there already, and that nobody changed, to the commit by what changed.
   * @throws Error when that may not be the same as to fill an empty folder.
   */
  bring(wanted: WantedFiles, from: FilesToBring): Promise<void>
  /** From now on none is begun: the tree will not be needed. */
  stop(): void
}

/** Much of the time is waiting for hosts; but each git at work needs memory of its own. */
const atATime = 4

export function fillerOf(tree: Tree, options: FillerOptions): Filler {
  const turn = turns(atATime)
  const turnsAtUrl = new Map<string, Turns>()
  let begun = 0
  let goesOn = true

  async function begin({ within, path, url, ...wanted }: WantedFiles): Promise<FilledFiles> {
    if (!goesOn) throw new Error('another submodule failed before')
    const folder = await emptyFolder(within, path)
    const admin = await fillFolder(options, {
      ...wanted,
      url,
      folder,
      owner: basename(tree.admin),
      number: begun++,
    })
    return { path: folder, admin }
  }

  const stop = (): void => {
    goesOn = false
  }
  const beginOrStop = (wanted: WantedFiles): Promise<FilledFiles> =>
    begin(wanted).catch((error: unknown) => {
      stop()
      throw error
    })

  function inTurn<T>(wanted: WantedFiles, work: () => Promise<T>): Promise<T> {
    // Two with one URL write to one store.
    const { url } = splitRepositoryUrl(wanted.url)
    const atUrl = turnsAtUrl.get(url) ?? turns(1)
    turnsAtUrl.set(url, atUrl)
    return atUrl(() => turn(work))
  }

  return {
    fill: (wanted) => inTurn(wanted, () => beginOrStop(wanted)),
    bring: (wanted, from) => inTurn(wanted, () => bringFolder(options, { wanted, from })),
    stop,
  }
}

interface Job extends NewStoreTree {
  readonly url: string
  readonly depth: number
}

/** From the store that they are of: one that is broken is no reason to mend anything here. */
async function bringFolder(
  options: FillerOptions,
  { wanted, from }: { readonly wanted: WantedFiles; readonly from: FilesToBring },
): Promise<void> {
  const { commit, depth } = wanted
  const { clock } = options
  const { url, git } = takeLogin(options.git, wanted.url, options.log)
  const store = await openStore(git, options.layout, { url, depth, format: objectFormatOf(commit) })
  if (store.path !== storeOf(from.admin)) throw new Error('a submodule has another store now')
  await fetchInto(store, { ...options, url, git, commit, depth })
  await bringFiles(from, { git, commit, clock, fillsSubmodules: from.fillsSubmodules })
}

/** A store that turns out to be broken is given up for a new one: its content can be had again. */
async function fillFolder(options: FillerOptions, job: Job): Promise<string> {
  const { git, layout, log } = options
  const { url, git: withLogin } = takeLogin(git, job.url, log)
  const kind = { url, depth: job.depth, format: objectFormatOf(job.commit) }
  const known = { ...options, ...job, url, git: withLogin }
  const store = await openStore(git, layout, kind)
  try {
    return await fillFrom(store, known)
  } catch (error) {
    if (store.isNew || !(await isBroken(git, store, error))) throw error
    const why = reasonOf(error)
    log.warn('the copy of a submodule is broken: fetching it again', { store: store.path, why })
    await dropTree(store.path, job)
    await giveUp(store.path)
    return fillFrom(await openStore(git, layout, kind), known)
  }
}

async function fillFrom(store: Store, job: Job & FillerOptions): Promise<string> {
  const { commit, folder } = job
  await fetchInto(store, job)
  const admin = await addTree(store.path, job)
  const reset = ['reset', '--hard', '--quiet', commit, '--']
  // Some are filled side by side as it is.
  const atFolder = withoutWorkers(gitAt({ commit, path: folder, admin }, job.git))
  await atFolder.run(`Cannot write the files of ${commit}`, reset, { cwd: folder })
  await keepIndex(admin, commit)
  return admin
}

async function fetchInto(store: Store, job: Omit<SubmoduleFetch, 'store'>): Promise<void> {
  // Each folder is named, so that git looks for none: around it is another repository.
  const inStore = job.git.withMore({ env: { GIT_DIR: store.path } })
  const fetch = { ...job, git: inStore, store: store.path }
  if (store.isNew || !(await isHere(fetch))) await fetchSubmodule(fetch)
}

/** True when the store has the commit with as much history as is wanted. */
async function isHere(fetch: SubmoduleFetch): Promise<boolean> {
  if (await holdsWhole(fetch.store, fetch.commit)) return true
  // What came as the end of another commit's history has less of its own.
  return fetch.depth <= 1 && (await hasCommit(fetch))
}

/** The URL as it may stand in arguments, and git with what it said of a login. */
function takeLogin(git: Git, text: string, log: Log): { readonly url: string; readonly git: Git } {
  const { url, username, password } = splitRepositoryUrl(text)
  if (password !== null) log.hide(password)
  // A user alone may be a token, or the name that a login of ours is for.
  const isLogin = username !== null && (password !== null || !git.hasLogin(url))
  const logins = isLogin ? [{ url, username, password: password ?? '' }] : []
  // As of every URL that nobody here typed: git takes no paths and no programs then.
  return { url, git: git.withMore({ logins, env: { GIT_PROTOCOL_FROM_USER: '0' } }) }
}

async function isBroken(git: Git, store: Store, error: unknown): Promise<boolean> {
  return tellsOfCorruption(error) || !(await isSound(git, store.path))
}
