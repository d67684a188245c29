import type { Demo } from './demo.ts'

type Say = (line: string) => void

const shownMs = 20_000

/** Does what a person would do, says what it saw, and tells whether all was well. */
export async function checkDemo(demo: Demo, startedMs: number, say: Say): Promise<boolean> {
  const steps = [
    (): Promise<string> => seeSite(demo, startedMs),
    (): Promise<string> => seeChange(demo),
    (): Promise<string> => seeText(demo),
    (): Promise<string> => seeJson(demo),
  ]
  for (const step of steps) {
    try {
      say(`saw ${await step()}`)
    } catch (error) {
      say(`did not see ${error instanceof Error ? error.message : String(error)}`)
      return false
    }
  }
  return true
}

async function seeSite({ siteUrl, server }: Demo, startedMs: number): Promise<string> {
  const page = await read(siteUrl)
  const seconds = inSeconds(performance.now() - startedMs)
  return `the site (${page.length} bytes, ${server}) ${seconds} after the start`
}

async function seeChange({ siteUrl, repository }: Demo): Promise<string> {
  if (repository.change === null) return "no push: the repository is not the demo's to change"
  const text = `checked at ${new Date().toISOString()}`
  const commit = await repository.change(text)
  const pushedMs = performance.now()
  while (!(await read(siteUrl)).includes(text)) {
    if (performance.now() > pushedMs + shownMs) {
      throw new Error(`commit ${commit.slice(0, 7)} on the site within ${inSeconds(shownMs)}`)
    }
    await Bun.sleep(20)
  }
  return `commit ${commit.slice(0, 7)} on the site ${inSeconds(performance.now() - pushedMs)} after the push`
}

async function seeText({ topzUrl, programs }: Demo): Promise<string> {
  const startMs = performance.now()
  // as curl asks: no browser's Accept header
  const text = await read(topzUrl, { accept: '*/*', 'user-agent': 'curl/8.0' })
  const elapsed = inSeconds(performance.now() - startMs)
  for (const { name, pid } of programs) {
    if (!new RegExp(`\\b${pid}\\b`).test(text)) throw new Error(`${name} (${pid}) in topz's text`)
  }
  return `topz's text (${text.trimEnd().split('\n').length} lines) in ${elapsed}`
}

async function seeJson({ topzUrl, programs }: Demo): Promise<string> {
  const startMs = performance.now()
  const table = JSON.parse(await read(`${topzUrl}.json`)) as {
    readonly processes?: readonly { readonly pid: number; readonly rssBytes: number | null }[]
  }
  const elapsed = inSeconds(performance.now() - startMs)
  const shown = programs.map(({ name, pid }) => {
    const process = table.processes?.find((each) => each.pid === pid)
    if (!process) throw new Error(`${name} (${pid}) in topz's JSON`)
    return `${name} ${((process.rssBytes ?? 0) / 2 ** 20).toFixed(1)} MiB`
  })
  return `topz's JSON (${table.processes?.length} processes; ${shown.join(', ')}) in ${elapsed}`
}

async function read(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(url, { headers })
  if (!response.ok) throw new Error(`${url}: it answers ${response.status}`)
  return response.text()
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 100 ? 3 : 2)} s`
}
