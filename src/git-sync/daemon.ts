import { type Credentials, openCredentials } from '#git-sync/credentials/credentials.ts'
import { overruledKeys } from '#git-sync/git/firm-settings.ts'
import { findGit, Git } from '#git-sync/git/git.ts'
import { joinSettings, secretsIn } from '#git-sync/git/git-config.ts'
import { openPublisher, servesAt } from '#git-sync/publish/open-publisher.ts'
import { openSharedSsh } from '#git-sync/remote/open-shared-ssh.ts'
import { createSpare, type Spare } from '#git-sync/tree/spare.ts'
import { type Bell, createBell } from '#git-sync/triggers/bell.ts'
import { ringOnSignal } from '#git-sync/triggers/signal.ts'
import type { HttpServer } from '#kit/http.ts'
import { reasonOf } from '#kit/log.ts'
import { secretTexts, shownOptions } from '#kit/options-shown.ts'
import { createRest } from '#kit/rest.ts'
import type { World } from '#kit/run.ts'
import { createAnnouncer } from './announcer.ts'
import { isOfThisBoot } from './boot.ts'
import { openErrorFile, writeRefusal } from './error-file.ts'
import { gateOf } from './gate-of.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import { sayHello } from './hello.ts'
import { hooksOf } from './hooks-of.ts'
import { loop } from './loop.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { options as table } from './options/options.ts'
import type { GitSyncOptions } from './options/settle.ts'
import { commitOf } from './pass.ts'
import { type Places, placesOf } from './places.ts'
import { openPublications } from './publications.ts'
import type { Pushes, PushesOptions } from './pushes.ts'
import { graceOf, openQuiet } from './quiet-work.ts'
import { createReports, type Reports } from './reports.ts'
import { openRoot, openRootLock, type RootLock } from './root.ts'
import { serveStatus } from './status.ts'
import { createSyncer } from './syncer.ts'
import { addUser } from './user.ts'

type GitSyncWorld = World<GitSyncOptions>

/** Another text after each start of the machine. */
const bootIdFile = '/proc/sys/kernel/random/boot_id'

/** What is there before anything is written to the root. */
interface Opened {
  readonly places: Places
  readonly credentials: Credentials
  readonly git: Git
  readonly metrics: Metrics
  readonly heart: Heartbeat
  readonly reports: Reports
  readonly bell: Bell
  /** Null when nobody may tell of a push. */
  readonly pushes: Pushes | null
}

/** Opens what the options name, then syncs until told to stop; returns the exit code. */
export async function daemon(world: GitSyncWorld): Promise<number> {
  const { options, log, clock, onSignal } = world
  process.umask(options.groupWrite ? 0o002 : 0o022)
  const bell = createBell(clock)
  ringOnSignal(options.syncOnSignal, { onSignal, bell })
  for (const secret of secretTexts(table, options)) log.hide(secret)
  const places = await openPlaces(options)
  const errorFile = openErrorFile(places.errorFile, log)
  sayHello(world, places)
  const servers: HttpServer[] = []
  try {
    const git = openGit(world, places)
    const { uid, gid, env } = world
    if (options.addUser) await addUser({ uid, gid, home: env.HOME || '/', file: '/etc/passwd' })
    const metrics = createMetrics()
    const heart = createHeartbeat(clock)
    const credentials = openCredentials(options, { ...world, counts: metrics })
    const pushes = await openPushes(world, { ...places, ...credentials, ...metrics, bell })
    const opened: Opened = {
      places,
      credentials,
      git,
      metrics,
      heart,
      reports: createReports({ ...options, metrics, heart, errorFile, log, clock }),
      bell,
      pushes,
    }
    for (const listen of [() => openStatus(world, opened), () => pushes?.listen()]) {
      const server = await listen()
      if (server) servers.push(server)
    }
    return await sync(world, opened).finally(() => pushes?.end())
  } catch (error) {
    await errorFile.writePlain(reasonOf(error))
    throw error
  } finally {
    await Promise.all(servers.map((server) => server.close({ graceMs: 500 })))
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

/** Code that most never ask for is not loaded for them. */
async function openPushes(world: GitSyncWorld, options: PushesOptions): Promise<Pushes | null> {
  if (world.options.pushSecretFile.length === 0) return null
  const pushes = await import('./pushes.ts')
  return pushes.openPushes(world, options)
}

/** The git that `--git` names, with the settings that somebody wants. */
function openGit({ options, env, log, stop }: GitSyncWorld, { layout }: Places): Git {
  const settings = joinSettings([options.gitConfig, ...options.gitConfigAdd])
  for (const secret of secretsIn(settings)) log.hide(secret)
  const keys = overruledKeys(settings)
  if (keys.length > 0) log.warn('these settings of git are ours and stay as they are', { keys })
  const program = findGit(options.git, env)
  return new Git({ program, env, root: layout.root, settings, log, stop })
}

async function sync(world: GitSyncWorld, opened: Opened): Promise<number> {
  const { options, log, clock, stop } = world
  const { places, reports, bell, pushes, git, metrics } = opened
  const { url } = opened.credentials
  const spare = createSpare({ ...options, ...places, url, clock, log })
  const lock = await openLock(world, { ...places, spare })
  const { root } = places.layout
  await using ssh = await openSharedSsh({ ...options, ...world, ...opened, url, root })
  await using gate = await gateOf(world, places)
  const hooks = hooksOf(world, metrics)
  const publications = await openPublications({ ...places, clock })
  const announcer = createAnnouncer({ ...places, hooks, publications, clock, log, stop })
  const { isInUse } = announcer
  const publisher = await openPublisher(options.publish, {
    ...{ ...options, ...places, clock, stop, bootIdFile },
    graceMs: graceOf(options),
    keepsSecond: options.spareWorktree && !options.oneTime,
  })
  const quiet = openQuiet({
    ...options,
    ...places,
    git,
    lock,
    isInUse,
    spare,
    publisher,
    clock,
    log,
  })
  const syncOnce = createSyncer({
    ...options,
    ...opened,
    ...places,
    lock,
    ssh,
    gate,
    publisher,
    spare,
    log,
    clock,
    stop,
    bootIdFile,
    endQuiet: quiet.end,
    giveWay: quiet.giveWay,
    prePublish: announcer.prePublish,
    notify(published) {
      log.info('published', { commit: published.commit, link: published.link })
      announcer.announce(published)
    },
  })
  const rest = createRest()
  const end = await loop({
    ...options,
    maxFailures: world.given.has('maxFailures') ? options.maxFailures : null,
    initMaxFailures: world.given.has('initMaxFailures') ? options.initMaxFailures : null,
    bell,
    log,
    stop,
    random: Math.random,
    servesTree: () => servesAt(options.publish, places),
    pass: () => reports.counted(() => pushes?.watched(syncOnce) ?? syncOnce()),
    lookAgainMs: (outcome) => pushes?.lookAgainMs(outcome) ?? null,
    async succeeded(outcome) {
      if (outcome.kind === 'unchanged' && !reports.hasSynced()) {
        log.info('already published', { commit: outcome.served.commit, link: places.link })
        announcer.announce(outcome.served)
      }
      await reports.succeeded()
      // A hash never moves: whoever interrupts takes nothing away, as in the program replaced.
      if (commitOf(outcome) === options.ref) world.endsWellBy(2)
      if (options.oneTime) await quiet.whole(stop, options.syncTimeoutMs)
      else quiet.start()
      if (outcome.kind === 'published') rest.worked()
      else rest.idled()
    },
    async failed(error, failures) {
      await reports.failed(error, failures)
      // Trees whose grace is over may be what fills the volume.
      if (!options.oneTime) quiet.start()
    },
  })
  pushes?.end()
  await quiet.end()
  if (end === 'too-many-failures') return 1
  return (await announcer.finish()) ? 0 : 1
}

async function openLock(
  world: GitSyncWorld,
  { layout, spare }: Pick<Places, 'layout'> & { readonly spare: Spare },
): Promise<RootLock> {
  const { options, log, clock, stop, pid } = world
  const owner = `pid ${pid} since ${new Date(clock.nowMs()).toISOString()}`
  const patienceMs = options.oneTime ? options.syncTimeoutMs : Number.POSITIVE_INFINITY
  // What was written before the machine started is not trusted without reading all of it.
  const adopts = async (tree: string): Promise<boolean> =>
    (await isOfThisBoot({ layout, bootIdFile })) === true && spare.adopt(tree)
  return openRootLock(layout.root, { log, clock, stop, owner, patienceMs, adopts })
}

async function openStatus(world: GitSyncWorld, opened: Opened): Promise<HttpServer | null> {
  const { options, log, given } = world
  if (options.httpBind === '') return null
  const { places, metrics, heart, reports, pushes } = opened
  const server = await serveStatus({
    bind: options.httpBind,
    log,
    registry: options.httpMetrics ? metrics.registry : null,
    pprof: options.httpPprof
      ? { ...world, shown: shownOptions(table, { values: options, given }) }
      : null,
    beside: options.pushBind === '' ? pushes : null,
    hasSynced: reports.hasSynced,
    servesTree: () => servesAt(options.publish, places),
    lives: heart.lives,
  })
  log.info('serving HTTP', { address: server.address })
  return server
}
