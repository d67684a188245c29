import type { Clock } from './clock.ts'
import { withoutSecrets } from './secret.ts'

export type Fields = Readonly<Record<string, unknown>>

/** One event a line. A line is one sentence for a person, its fields are for machines. */
export interface Log {
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  /** `error` in the fields is shown with its causes, without a stack. */
  error(message: string, fields?: Fields): void
  /** Shown when the verbosity is at least `level`: 1 details, 2 loop, 5 commands, 6 their output. */
  debug(level: number, message: string, fields?: Fields): void
  readonly verbosity: number
  /**
   * What goes on now, in less than a line, below all lines; null takes it away. A terminal alone
   * shows it: elsewhere it is nothing.
   */
  status(text: string | null): void
  /**
   * From now on `secret` is masked wherever it turns up in a line, until so many others have been
   * told that it cannot be in use any more: 1,000.
   */
  hide(secret: string): void
  /** `text` as a line would show it. */
  masked(text: string): string
}

export interface LogOptions {
  readonly verbosity: number
  readonly clock: Clock
  /** Takes one whole line without its end. */
  readonly write: (line: string) => void
  /** Words for a person instead of JSON. */
  readonly readable?: boolean
  /** Local time is UTC. */
  readonly utc?: boolean
  /** Writes to a terminal as it is, for `status`; without it there is none. */
  readonly draw?: (text: string) => void
}

/** Passwords that change with each use would fill the memory. */
const mostSecrets = 1000

export function createLog(options: LogOptions): Log {
  const { verbosity, clock, write, readable = false, utc = false, draw } = options
  let status: string | null = null
  const secrets = new Set<string>()
  const masked = (text: string): string => withoutSecrets(text, secrets)

  function line(kind: Kind, message: string, fields: Fields = {}): void {
    const now = new Date(clock.nowMs())
    const at = utc ? utcTime(now) : localTime(now)
    const shown = Object.entries(fields).map(([name, value]) => [name, plain(value)] as const)
    const whole: Line = { at, kind, message, fields: shown }
    // Masked first: in quotes a secret may be spelled in another way.
    const json = maskedJson(readable ? whole : jsonRecord(whole), masked)
    if (status !== null) draw?.(clearLine)
    write(harmless(readable ? readableLine(JSON.parse(json) as Line) : json))
    if (status !== null) draw?.(status)
  }

  return {
    verbosity,
    info: (message, fields) => line(0, message, fields),
    warn: (message, fields) => line('warning', message, fields),
    error: (message, fields) => line('error', message, fields),
    debug(level, message, fields) {
      if (level <= verbosity) line(level, message, fields)
    },
    status(text) {
      if (draw === undefined || (text === null && status === null)) return
      status = text === null ? null : masked(printable(text))
      draw(`${clearLine}${status ?? ''}`)
    },
    hide(secret) {
      secrets.delete(secret)
      secrets.add(secret)
      const [oldest] = secrets
      if (secrets.size > mostSecrets && oldest !== undefined) secrets.delete(oldest)
    },
    masked,
  }
}

/** ECMA-48: to the line's begin, and erase from there to its end. */
const clearLine = '\r\x1b[K'

function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').slice(0, 79)
}

/** A log level, or how bad it is. */
type Kind = number | 'warning' | 'error'

interface Line {
  readonly at: string
  readonly kind: Kind
  readonly message: string
  readonly fields: readonly (readonly [name: string, value: unknown])[]
}

/** As kubernetes' funcr writes lines: errors have `error` and no `level`. */
function jsonRecord({ at, kind, message, fields }: Line): Record<string, unknown> {
  const rest = Object.fromEntries(fields)
  if (kind === 'error') return { ts: at, error: '', msg: message, ...rest }
  if (kind === 'warning') return { ts: at, level: 0, severity: 'warning', msg: message, ...rest }
  return { ts: at, level: kind, msg: message, ...rest }
}

/** What JSON leaves as it is and a terminal obeys: other controls, and marks that turn text around. */
const obeyed = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** The same line: in quotes it is JSON's own way to write such a character. */
function harmless(line: string): string {
  return line.replace(obeyed, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function maskedJson(record: object, masked: (text: string) => string): string {
  return JSON.stringify(record, (_name, value: unknown) =>
    typeof value === 'string' ? masked(value) : value,
  )
}

function readableLine({ at, kind, message, fields }: Line): string {
  const tail = fields.map(([name, value]) => ` ${name}=${word(value)}`).join('')
  const mark = typeof kind === 'string' ? `${kind}: ` : ''
  return `${at.slice(11, 23)} ${mark}${message}${tail}`
}

function word(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null')
  return /^[^\s"=\p{Cc}]+$/u.test(text) ? text : JSON.stringify(text)
}

function plain(value: unknown): unknown {
  return value instanceof Error ? reasonOf(value) : value
}

/** The error's message with those of its causes, on one line. */
export function reasonOf(error: unknown): string {
  const parts: string[] = []
  for (let at: unknown = error; at !== undefined && parts.length < 5; ) {
    const text = at instanceof Error ? at.message : String(at)
    if (!parts.some((part) => part.includes(text))) parts.push(text)
    at = at instanceof Error ? at.cause : undefined
  }
  return parts.join(': ').replace(/\s*\n\s*/g, ' | ')
}

function utcTime(date: Date): string {
  return `${date.toISOString().slice(0, 23).replace('T', ' ')}000`
}

function localTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}000`
}
