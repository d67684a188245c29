import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Environment, environmentFor } from './environment.ts'
import type { DemoOptions } from './options.ts'
import { choosePorts, type Ports } from './ports.ts'
import { killPrograms, type Program, startProgram } from './program.ts'
import { isError, readable } from './readable.ts'
import { makeSiteRepository, type SiteRepository, theirRepository } from './site-repository.ts'
import { startWebServer, type WebServer } from './web-server.ts'

export interface Demo {
  readonly siteUrl: string
  readonly topzUrl: string
  readonly repository: SiteRepository
  readonly server: WebServer['name']
  /** The processes that topz must show. */
  readonly programs: readonly Program[]
  /** Resolves with a sentence when one of the programs ends by itself. */
  readonly broken: Promise<string>
}

/** What the demo has started; it can be ended at any moment, half started too. */
export interface Running {
  readonly ready: Promise<Demo>
  /** Ends all programs and removes the folder. */
  stop(): Promise<void>
  /** The same at once, for a person who insists. */
  kill(): void
}

const root = resolve(import.meta.dir, '../..')
/** A real repository may be far away and large. */
const firstSyncMs = 120_000

export function startDemo(options: DemoOptions, outer: Environment): Running {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sidecars-demo-')))
  const stops: (() => Promise<void>)[] = []
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  const stopping = new AbortController()
  const env = environmentFor(outer)
  const ready = start({ options, folder, env, stops, stopping: stopping.signal })
  return {
    ready,
    async stop() {
      stopping.abort()
      // the last started first: topz and the web server only look at what git-sync makes
      for (const end of stops.splice(0).reverse()) await end()
      await ready.catch(() => {})
      for (const end of stops.splice(0).reverse()) await end()
      removeFolder()
    },
    kill() {
      killPrograms()
      removeFolder()
    },
  }
}

interface Start {
  readonly options: DemoOptions
  readonly folder: string
  readonly env: Environment
  /** Filled with what ends each thing that was started. */
  readonly stops: (() => Promise<void>)[]
  /** Aborted: nothing more is started. */
  readonly stopping: AbortSignal
}

async function start({ options, folder, env, stops, stopping }: Start): Promise<Demo> {
  if (Bun.which('git', { PATH: env.PATH ?? '' }) === null) {
    throw new Error('Cannot start the demo: git is not installed; install it and try again')
  }
  const ports = choosePorts()
  const repository =
    options.repo === null
      ? await makeSiteRepository({ folder, env })
      : theirRepository(localPath(options.repo))

  const programs: Program[] = []
  const keep = (name: string, command: readonly string[], tell = tellOf(name)): Program => {
    stopping.throwIfAborted()
    const program = startProgram(name, command, { env, cwd: folder, onLine: tell })
    programs.push(program)
    stops.push(program.stop)
    return program
  }
  const link = join(folder, 'git-sync', 'site')
  const secretFile = join(folder, 'push-secret')
  await writeFile(secretFile, `${randomBytes(16).toString('hex')}\n`, { mode: 0o600 })
  const pushUrl = `http://127.0.0.1:${ports.gitSync}/push`
  await repository.tellOfPushes?.({ url: pushUrl, secretFile })
  const { ref } = options
  const flags = gitSyncFlags({ repository, ref, folder, ports, secretFile, home: env.HOME })
  // later failures pass, as when the host is away; with the first one there is nothing to show
  let refused = false
  const tell = tellOf('git-sync')
  const gitSync = keep('git-sync', sidecar('git-sync', flags), (line) => {
    refused ||= isError(line)
    tell(line)
  })
  await comes(
    () => {
      if (refused) throw new Error('Cannot start the demo: the first sync failed')
      return existsSync(join(link, '.git'))
    },
    gitSync,
    { what: 'the first sync', timeoutMs: firstSyncMs },
  )

  stopping.throwIfAborted()
  const server = await startWebServer({
    root: link,
    port: ports.site,
    folder: join(folder, 'nginx'),
    env,
    onLine: tellOf('nginx'),
  })
  stops.push(server.stop)
  if (server.program !== null) programs.push(server.program)
  const topz = keep('topz', sidecar('topz', [`--addr=127.0.0.1:${ports.topz}`]))

  const siteUrl = `http://127.0.0.1:${ports.site}/`
  const topzUrl = `http://127.0.0.1:${ports.topz}/topz`
  await comes(() => answers(siteUrl), server.program ?? gitSync, { what: siteUrl })
  await comes(() => answers(topzUrl), topz, { what: topzUrl })
  const broken = Promise.race(
    programs.map(async ({ name, ended }) => `${name} ended with ${await ended}`),
  )
  return { siteUrl, topzUrl, repository, server: server.name, programs, broken }
}

interface GitSyncSettings {
  readonly repository: SiteRepository
  readonly ref: string
  readonly folder: string
  readonly ports: Ports
  /** What whoever tells of a push must know. */
  readonly secretFile: string
  readonly home: string | undefined
}

function gitSyncFlags({
  repository,
  ref,
  folder,
  ports,
  secretFile,
  home,
}: GitSyncSettings): readonly string[] {
  return [
    `--repo=${repository.url}`,
    `--ref=${ref}`,
    `--root=${join(folder, 'git-sync')}`,
    '--link=site',
    '--depth=1',
    // our own repository tells of each push
    `--period=${repository.tellOfPushes === null ? '1s' : '10s'}`,
    `--push-secret-file=${secretFile}`,
    '--max-failures=-1',
    `--http-bind=127.0.0.1:${ports.gitSync}`,
    '--http-metrics',
    // the hosts that the person knows, not those of a pod's secret
    ...(home === undefined ? [] : [`--ssh-known-hosts-file=${join(home, '.ssh', 'known_hosts')}`]),
  ]
}

/** From source, so that what is shown is what is in this folder. */
function sidecar(name: string, flags: readonly string[]): readonly string[] {
  return [process.execPath, join(root, 'src/main.ts'), name, ...flags]
}

/** A path means what it means where the person is; npm has changed to the project's folder. */
function localPath(repo: string): string {
  return /^[^/]*:/.test(repo) ? repo : resolve(process.env.INIT_CWD ?? process.cwd(), repo)
}

/** Errors and warnings of a program for the person, each once while it stays the same. */
function tellOf(name: string): (line: string) => void {
  let told = ''
  return (line) => {
    const text = name === 'nginx' ? line : readable(line)
    if (text === null || text === told) return
    told = text
    console.error(`${name}: ${text}`)
  }
}

interface Wait {
  readonly what: string
  readonly timeoutMs?: number
}

/** Waits until it is there; throws when the program ends before, or at the deadline. */
async function comes(
  there: () => boolean | Promise<boolean>,
  program: Program,
  { what, timeoutMs = 20_000 }: Wait,
): Promise<void> {
  let end: string | null = null
  void program.ended.then((how) => {
    end = how
  })
  const deadline = performance.now() + timeoutMs
  while (!(await there())) {
    if (end !== null) throw new Error(`Cannot start the demo: ${program.name} ended with ${end}`)
    if (performance.now() > deadline) {
      throw new Error(`Cannot start the demo: waited ${timeoutMs / 1000} s for ${what} in vain`)
    }
    await Bun.sleep(25)
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}
