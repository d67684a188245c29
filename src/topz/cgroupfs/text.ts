import type { ContainerFigure, NoText } from './figures.ts'

/* What stands in the files of control groups, both versions. */

/** A file that holds one number. */
export function numberIn(text: string): ContainerFigure {
  const value = Number.parseInt(text, 10)
  return Number.isFinite(value) ? value : 'not-offered'
}

/** A limit: `max`, or on v1 a number next to the largest the kernel can hold, is none. */
export function limitIn(text: string): ContainerFigure {
  if (text.startsWith('max')) return 'no-limit'
  const value = numberIn(text)
  return typeof value === 'number' && value >= 2 ** 62 ? 'no-limit' : value
}

/** One value of a file with a `key value` on each line. */
export function keyedIn(text: string, key: string): ContainerFigure {
  const at = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1
  if (at === 0 && !text.startsWith(`${key} `)) return 'not-offered'
  return numberIn(text.slice(at + key.length + 1))
}

/** Sum of those of the keys that the file has; without any, the reason. */
export function keysIn(text: string, keys: readonly string[]): ContainerFigure {
  const found = keys.map((key) => keyedIn(text, key)).filter((value) => typeof value === 'number')
  return found.length === 0 ? 'not-offered' : found.reduce((sum, value) => sum + value, 0)
}

/**
 * Seconds in which some process waited, of a pressure file:
 * `some avg10=0.00 avg60=0.00 avg300=0.00 total=MICROSECONDS`, then the same of `full`.
 */
export function pressureIn(text: string): ContainerFigure {
  const found = /^some .*\btotal=(\d+)/m.exec(text)
  return found === null ? 'not-offered' : Number(found[1]) / 1e6
}

/**
 * Bytes of all devices together. v2's io.stat has `MAJ:MIN rbytes=N wbytes=N …` on a line, and no
 * line while nothing was moved. v1's blkio files have `MAJ:MIN Read N` and more, and a total; newer
 * kernels count there only for devices that somebody has put a limit on, so that no line at all is
 * no count.
 */
export function deviceBytesIn(
  text: string,
  key: 'rbytes=' | 'wbytes=' | 'Read ' | 'Write ',
): ContainerFigure {
  const idle = /^[\d:\s]*$/.test(text)
  const found = [...text.matchAll(deviceBytes[key])].map((match) => Number(match[1]))
  if (found.length === 0) return idle ? 0 : 'not-offered'
  return found.reduce((sum, value) => sum + value, 0)
}

const deviceBytes = {
  'rbytes=': /\brbytes=(\d+)/g,
  'wbytes=': /\bwbytes=(\d+)/g,
  'Read ': /^\S+ Read (\d+)/gm,
  'Write ': /^\S+ Write (\d+)/gm,
} as const

/** Reads a file and, when there is one, looks into it. */
export function figureFrom(
  text: string | NoText,
  look: (text: string) => ContainerFigure,
): ContainerFigure {
  return isMissing(text) ? text : look(text)
}

/** A count of smaller units in larger ones. */
export function inUnits(figure: ContainerFigure, unitsInOne: number): ContainerFigure {
  return typeof figure === 'number' ? figure / unitsInOne : figure
}

/** Usage minus inactive file pages: those the kernel takes back before it kills. */
export function workingSet(usage: ContainerFigure, inactiveFile: ContainerFigure): ContainerFigure {
  if (typeof usage !== 'number') return usage
  return typeof inactiveFile === 'number' ? Math.max(0, usage - inactiveFile) : usage
}

const missing: ReadonlySet<string> = new Set<NoText>([
  'another-user',
  'not-offered',
  'switched-off',
  'ended',
])

function isMissing(text: string): text is NoText {
  return missing.has(text)
}
