import { heapStats } from 'bun:jsc'
import type { Clock } from '#kit/clock.ts'
import { type Handler, line, type Route, routes, safeHeaders } from '#kit/http.ts'
import type { Log } from '#kit/log.ts'

export interface PprofOptions {
  readonly clock: Clock
  readonly log: Pick<Log, 'masked'>
  /** The options that somebody set, by flag, as logs show them. */
  readonly shown: Readonly<Record<string, unknown>>
}

/** As Go's own page of this name: below it are what can be asked. */
const folder = '/debug/pprof/'

const mostSeconds = 60

const index = `What can be asked of this process:

profile?seconds=30  CPU profile of the next seconds (1 to ${mostSeconds}), to be opened as .cpuprofile
                    with a browser's developer tools, VS Code or speedscope
heap                figures of the memory, one a line; never its contents
cmdline             the options that were set, without secrets
`

/** Go's page offers these of its own runtime; there is nothing of their kind in this one. */
const notOffered = ['allocs', 'block', 'goroutine', 'mutex', 'symbol', 'threadcreate', 'trace']

/** What this runtime can tell of itself under /debug/pprof/. Nothing here shows a value. */
export function pprof({ clock, log, shown }: PprofOptions): Handler {
  const absent = (name: string): Route => {
    const says = `There is no ${name} in this runtime; ${folder} lists what there is`
    return { GET: () => line(404, says), POST: () => line(404, says) }
  }
  return routes({
    [folder]: { GET: () => text(index) },
    [folder.slice(0, -1)]: { GET: () => line(301, `See ${folder}`, { location: folder }) },
    [`${folder}profile`]: { GET: profileRoute(clock) },
    [`${folder}heap`]: { GET: () => text(memoryFigures()) },
    [`${folder}cmdline`]: { GET: () => text(log.masked(commandLine(shown).join('\0'))) },
    ...Object.fromEntries(notOffered.map((name) => [`${folder}${name}`, absent(name)])),
  })
}

/** One profile at a time, as this runtime has one profiler. It ends when nobody waits for it. */
function profileRoute(clock: Clock): Handler {
  let running = false
  return async (request, { query, idleLimit }) => {
    if (running) return line(409, 'Cannot profile: another profile is running; ask again after it')
    const seconds = Number(query.get('seconds') ?? 30)
    if (!(seconds >= 1 && seconds <= mostSeconds)) {
      return line(400, `Cannot profile: seconds must be 1 to ${mostSeconds}`)
    }
    running = true
    try {
      idleLimit(seconds + 30)
      // the profiler needs 1.4 MiB, which nobody pays who never asks
      const { cpuProfile } = await import('#kit/cpu-profile.ts')
      const profile = await cpuProfile({ durationMs: seconds * 1000, clock, stop: request.signal })
      const headers = { 'content-disposition': 'attachment; filename="git-sync.cpuprofile"' }
      return new Response(profile, {
        headers: { 'content-type': 'application/json', ...safeHeaders, ...headers },
      })
    } finally {
      running = false
    }
  }
}

/** As it would be with all options on it, those from the environment too. */
function commandLine(shown: Readonly<Record<string, unknown>>): readonly string[] {
  const words = Object.entries(shown).flatMap(([flag, value]) =>
    [value].flat().map((one) => `--${flag}=${typeof one === 'string' ? one : JSON.stringify(one)}`),
  )
  return ['git-sync', ...words]
}

/** Bytes, then the number of living objects by their class: names of code, no contents. */
function memoryFigures(): string {
  const { rss, external, arrayBuffers } = process.memoryUsage()
  const { heapSize, heapCapacity, objectCount, objectTypeCounts } = heapStats()
  const figures = { rss, heapSize, heapCapacity, external, arrayBuffers, objectCount }
  const classes = Object.entries(objectTypeCounts).map(([name, count]) => [`  ${name}`, count])
  return [...Object.entries(figures), ...classes]
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
}

function text(body: string): Response {
  return new Response(body, {
    headers: { 'content-type': 'text/plain; charset=utf-8', ...safeHeaders },
  })
}
