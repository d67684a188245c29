import { type Credentials, openCredentials } from '#git-sync/credentials/credentials.ts'
import { Git, refuseMissing } from '#git-sync/git/git.ts'
import { splitRepositoryUrl } from '#git-sync/git/repository-url.ts'
import { linkPublisher } from '#git-sync/publish/link.ts'
import { servesFiles } from '#git-sync/tree/served.ts'
import type { HttpServer } from '#kit/http.ts'
import { reasonOf } from '#kit/log.ts'
import { shownOptions } from '#kit/options-shown.ts'
import type { World } from '#kit/run.ts'
import { createAnnouncer } from './announcer.ts'
import { type ErrorFile, openErrorFile, writeRefusal } from './error-file.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import { hooksOf } from './hooks-of.ts'
import { failureFields, loop } from './loop.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { options as table } from './options/options.ts'
import type { GitSyncOptions } from './options/settle.ts'
import { type Places, placesOf } from './places.ts'
import { openQuiet } from './quiet-work.ts'
import { openRoot, openRootLock, type RootLock } from './root.ts'
import { serveStatus } from './status.ts'
import { createSyncer } from './syncer.ts'

type GitSyncWorld = World<GitSyncOptions>

/** What is there before anything is written to the root. */
interface Opened {
  readonly places: Places
  readonly credentials: Credentials
  readonly errorFile: ErrorFile
  readonly metrics: Metrics
  readonly heart: Heartbeat
  /** What this process has done so far. */
  readonly done: { hasSynced: boolean }
}

/** Opens what the options name, then syncs until told to stop; returns the exit code. */
export async function daemon(world: GitSyncWorld): Promise<number> {
  const { options, log } = world
  process.umask(0o022)
  const places = await openPlaces(options)
  const errorFile = openErrorFile(places.errorFile, log)
  sayHello(world, places)
  let server: HttpServer | null = null
  try {
    const metrics = createMetrics()
    const opened: Opened = {
      places,
      credentials: openCredentials(options, { ...world, counts: metrics }),
      errorFile,
      metrics,
      heart: createHeartbeat(world.clock),
      done: { hasSynced: false },
    }
    server = await openStatus(world, opened)
    return await sync(world, opened)
  } catch (error) {
    await errorFile.writePlain(reasonOf(error))
    throw error
  } finally {
    await server?.close({ graceMs: 500 })
  }
}

async function openPlaces(options: GitSyncWorld['options']): Promise<Places> {
  try {
    return placesOf(await openRoot(options.root), options)
  } catch (error) {
    await writeRefusal(reasonOf(error), options)
    throw error
  }
}

async function sync(world: GitSyncWorld, opened: Opened): Promise<number> {
  const { options, log, clock, stop } = world
  const { places, heart, metrics, errorFile, done } = opened
  const lock = await openLock(world, places)
  const { root } = places.layout
  const git = new Git({ program: options.git, env: world.env, root, log, stop })
  const quiet = openQuiet({ ...options, ...places, git, lock, clock, log })
  const hooks = hooksOf(world, metrics)
  const announcer = createAnnouncer({ ...places, hooks, clock, log, stop })
  const syncOnce = createSyncer({
    ...options,
    ...opened,
    ...places,
    git,
    lock,
    publisher: linkPublisher(places.layout, places.link),
    log,
    clock,
    stop,
    bootIdFile: '/proc/sys/kernel/random/boot_id',
    endQuiet: quiet.end,
    prePublish: announcer.prePublish,
    notify(published) {
      log.info('published', { commit: published.commit, link: published.link })
      announcer.announce(published)
    },
  })
  const end = await loop({
    ...options,
    maxFailuresGiven: world.given.has('maxFailures'),
    clock,
    log,
    stop,
    random: Math.random,
    servesTree: () => servesFiles(places.layout, places.link),
    async pass() {
      heart.beat(options.syncTimeoutMs)
      const startedMs = clock.monotonicMs()
      const outcome = await syncOnce().catch((error: unknown) => {
        metrics.synced('error', (clock.monotonicMs() - startedMs) / 1000)
        throw error
      })
      const updated = outcome.kind === 'published' || !done.hasSynced
      metrics.synced(updated ? 'success' : 'noop', (clock.monotonicMs() - startedMs) / 1000)
      if (updated) metrics.fetched()
      return outcome
    },
    async succeeded(outcome) {
      if (outcome.kind === 'unchanged' && !done.hasSynced) announcer.announce(outcome.served)
      done.hasSynced = true
      await errorFile.clear()
      if (options.oneTime) await quiet.whole(stop, options.syncTimeoutMs)
      else quiet.start()
      heart.beat(options.periodMs)
    },
    async failed(error, failures) {
      log.error('sync failed', { ...failureFields(error), failures })
      await errorFile.write('sync failed', error)
      // Trees whose grace is over may be what fills the volume.
      if (!options.oneTime) quiet.start()
      heart.beat(Math.max(options.periodMs, 300_000))
    },
  })
  await quiet.end()
  if (end === 'too-many-failures') return 1
  return (await announcer.finish()) ? 0 : 1
}

async function openLock(world: GitSyncWorld, { layout }: Places): Promise<RootLock> {
  const { options, log, clock, stop, pid, env } = world
  refuseMissing(options.git, env)
  const owner = `pid ${pid} since ${new Date(clock.nowMs()).toISOString()}`
  const patienceMs = options.oneTime ? options.syncTimeoutMs : Number.POSITIVE_INFINITY
  return openRootLock(layout.root, { log, clock, stop, owner, patienceMs })
}

async function openStatus(world: GitSyncWorld, opened: Opened): Promise<HttpServer | null> {
  const { options, log, given } = world
  if (options.httpBind === '') return null
  const { places, metrics, heart, done } = opened
  const server = await serveStatus({
    bind: options.httpBind,
    log,
    registry: options.httpMetrics ? metrics.registry : null,
    pprof: options.httpPprof
      ? { ...world, shown: shownOptions(table, { values: options, given }) }
      : null,
    hasSynced: () => done.hasSynced,
    servesTree: () => servesFiles(places.layout, places.link),
    lives: heart.lives,
  })
  log.info('serving HTTP', { address: server.address })
  return server
}

function sayHello({ options, log, version, pid, given }: GitSyncWorld, places: Places): void {
  if (options.password !== '') log.hide(options.password)
  const set: Record<string, unknown> = Object.fromEntries(
    Object.entries(options).filter(([name]) => given.has(name) && name !== 'password'),
  )
  // A token may stand in the place of the user.
  if (given.has('repo')) set.repo = splitRepositoryUrl(options.repo).url
  log.info('starting up', { version, pid, link: places.link, options: set })
}
