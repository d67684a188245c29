import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs'
import { join } from 'node:path'

/** The files of one commit: path to content. */
export type Site = ReadonlyMap<string, string>

export interface Findings {
  reads: number
  /** What a reader saw that no commit explains, one sentence each. */
  readonly wrong: string[]
}

/**
 * Asks a web server for random files without pause. Each answer must be that file of the commit
 * served last or of a later one, in the order in which they were pushed: never of none, and never
 * of one before what this client has already seen.
 */
export async function readOverHttp(
  url: string,
  { sites, stop, random }: { sites: readonly Site[]; stop: AbortSignal; random: () => number },
): Promise<Findings> {
  const found: Findings = { reads: 0, wrong: [] }
  let seen = 0
  const paths = [...(sites[0]?.keys() ?? [])].filter((path) => isAlwaysThere(path))
  while (!stop.aborted) {
    const path = paths[Math.floor(random() * paths.length)] ?? 'index.html'
    const response = await fetch(`${url}/${path}`)
    const text = await response.text()
    found.reads++
    const from = seen
    while (seen < sites.length && sites[seen]?.get(path) !== text) seen++
    if (response.status === 200 && seen < sites.length) continue
    found.wrong.push(`${path} after commit ${from}: ${response.status} ${text.slice(0, 60)}`)
    seen = from
  }
  return found
}

/** Stamped files exist in each commit; only others come and go. */
function isAlwaysThere(path: string): boolean {
  return path.startsWith('stamped/') || path === 'index.html'
}

/**
 * Walks the whole tree again and again through directories it opened first: from one descriptor on
 * the published link, so that each walk must see exactly one commit.
 */
export async function walkOpenFolders(
  link: string,
  { sites, stop }: { sites: readonly Site[]; stop: AbortSignal },
): Promise<Findings> {
  const found: Findings = { reads: 0, wrong: [] }
  while (!stop.aborted) {
    const seen = await walk(link)
    await Bun.sleep(100)
    found.reads++
    if (!sites.some((site) => equal(site, seen))) {
      const stamps = new Set([...seen.values()].map((text) => text.slice(0, 20)))
      found.wrong.push(`${seen.size} files, stamps ${[...stamps].slice(0, 5).join(' ')}`)
    }
  }
  return found
}

async function walk(link: string): Promise<Map<string, string>> {
  const opened: { readonly path: string; readonly descriptor: number }[] = []
  const texts = new Map<string, string>()
  const open = (path: string, from: string): void => {
    const descriptor = openSync(from, constants.O_RDONLY | constants.O_DIRECTORY)
    opened.push({ path, descriptor })
    for (const entry of readdirSync(byDescriptor(descriptor), { withFileTypes: true })) {
      if (entry.isDirectory())
        open(join(path, entry.name), `${byDescriptor(descriptor)}/${entry.name}`)
    }
  }
  open('', `${link}/`)
  for (const { path, descriptor } of opened) {
    for (const entry of readdirSync(byDescriptor(descriptor), { withFileTypes: true })) {
      if (!entry.isFile() || entry.name === '.git') continue
      texts.set(
        join(path, entry.name),
        readFileSync(`${byDescriptor(descriptor)}/${entry.name}`, 'utf8'),
      )
    }
    closeSync(descriptor)
    // The other reader and the pushes share this thread.
    await Bun.sleep(1)
  }
  return texts
}

function byDescriptor(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`
}

function equal(one: Site, other: Site): boolean {
  if (one.size !== other.size) return false
  for (const [path, text] of one) if (other.get(path) !== text) return false
  return true
}

/** Everything in a folder but `.git`: path to mode and content, for comparing two checkouts. */
export function snapshot(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (path: string): void => {
    for (const name of readdirSync(join(folder, path))) {
      if (path === '' && name === '.git') continue
      const below = join(path, name)
      const stat = lstatSync(join(folder, below))
      if (stat.isDirectory()) visit(below)
      else {
        const content = stat.isSymbolicLink()
          ? readlinkSync(join(folder, below))
          : readFileSync(join(folder, below), 'latin1')
        found.set(below, `${stat.mode.toString(8)} ${content}`)
      }
    }
  }
  visit('')
  return found
}
