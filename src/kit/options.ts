import { readCommandLine } from './command-line.ts'
import { Refusal, setFromEnvironment } from './option-setting.ts'
import type { OptionKind, ValueOf } from './option-values.ts'

/** The environment as handed down from the start: never read elsewhere. */
export type Env = Readonly<Record<string, string | undefined>>

/** One option: parser, help, documents, environment names and the start-up log all read this. */
export interface Option<K extends OptionKind = OptionKind> {
  /** Long name without dashes. */
  readonly flag: string
  /** One letter, as in `-v`. */
  readonly short?: string
  readonly kind: K
  readonly default: ValueOf[K]
  readonly env?: string
  /** Older names. They win over `env`, the last of them over the others, each with a warning. */
  readonly envAliases?: readonly string[]
  /** Splits the environment's text of a `strings` option; a line end may also stand after the last. */
  readonly separator?: string | RegExp
  /** What the value is, for help: `DURATION`, `URL`. */
  readonly value?: string
  /** One or two sentences without a final stop. */
  readonly help: string
  /** Heading it stands under; options without one come first. */
  readonly group?: string
  readonly choices?: readonly string[]
  /** Looks at one text as it was given. A sentence part that says what is wrong, or null. */
  readonly checkText?: (text: string) => string | null
  /** A sentence part that says what is wrong (`must be at least 10ms`), or null. */
  readonly check?: (value: ValueOf[K]) => string | null
  /** Never shown in logs. */
  readonly secret?: boolean
  /** What logs show of a value that holds a secret in some part. */
  readonly shown?: (value: ValueOf[K]) => string
  /** Only from the environment: no flag. */
  readonly envOnly?: boolean
  /** Values of a `strings` option on the command line come after those of the environment. */
  readonly appends?: boolean
  /** What to use instead: `--ref`. It is still taken, with a warning, and stands last in help. */
  readonly deprecated?: string
  /** Other long names that are taken and never shown. */
  readonly hidden?: readonly string[]
}

export type AnyOption = { [K in OptionKind]: Option<K> }[OptionKind]

export interface OptionTable {
  readonly program: string
  /** One sentence, shown first in help. */
  readonly summary: string
  /** `pflag`: GNU-like long flags. `go`: one dash does as well, and the first other word ends them. */
  readonly dialect: 'pflag' | 'go'
  readonly options: Readonly<Record<string, AnyOption>>
  /** Long flags beside `--help` and `--version` that print a text to standard output and exit 0. */
  readonly prints?: Readonly<Record<string, PrintedText>>
}

export interface PrintedText {
  readonly help: string
  readonly text: (table: OptionTable) => string
}

export type ValuesOf<T extends OptionTable> = {
  readonly [N in keyof T['options']]: ValueOf[T['options'][N]['kind']]
}

/** Names the table's type exactly, so that values are typed by it. */
export function defineOptions<const T extends OptionTable>(table: T): T {
  return table
}

/** Options that stand under one heading. */
export function defineOptionGroup<const T extends OptionTable['options']>(
  group: string,
  options: T,
): T {
  const grouped = Object.entries(options).map(([name, option]) => [name, { ...option, group }])
  // The same names and options: a heading is no part of their types.
  return Object.fromEntries(grouped) as T
}

export interface Parsed<V> {
  readonly kind: 'values'
  readonly values: V
  /** Names of the options that the command line or the environment set. */
  readonly given: ReadonlySet<string>
  /** Words that are no option; sidecars take none. */
  readonly positional: readonly string[]
  /** Deprecated names in use, one sentence each. */
  readonly warnings: readonly string[]
}

export interface Refused {
  readonly kind: 'refused'
  /** 2 for a command line that does not parse, 1 for a value that cannot be. */
  readonly exitCode: 1 | 2
  /** One sentence naming the option. */
  readonly message: string
  /** What was read before it was refused; a bad value has its default or is the bad one. */
  readonly values: Readonly<RawValues>
}

/** A text was asked for: `help`, `version` or a name of the table's `prints`. */
export interface Asked {
  readonly kind: 'asked'
  readonly text: string
}

export type RawValues = Record<string, ValueOf[OptionKind]>

export interface ParseOptions<V> {
  readonly args: readonly string[]
  readonly env: Env
  /** Looks at all values together; without it each is held against its own check. */
  readonly settle?: (parsed: Parsed<V>) => Parsed<V> | Refused
}

/**
 * Reads the environment, then the command line over it. A bad value in the environment is refused
 * even when the command line would replace it, as the programs replaced by these sidecars do.
 */
export function parseOptions<T extends OptionTable>(
  table: T,
  { args, env, settle = (parsed) => checked(table, parsed) }: ParseOptions<ValuesOf<T>>,
): Parsed<ValuesOf<T>> | Refused | Asked {
  const values: RawValues = {}
  const given = new Set<string>()
  const warnings: string[] = []
  let refusal: Refusal | null = null
  for (const [name, option] of Object.entries(table.options)) {
    values[name] = option.default
    const set = attempt(() => setFromEnvironment({ values, name, option, env, warnings }))
    if (set === true) given.add(name)
    // The rest is read all the same: it says where a refusal is to be written.
    if (set instanceof Refusal) refusal ??= set
  }
  const line = attempt(() => readCommandLine(table, { args, values, given, warnings }))
  if (refusal !== null) return refusedBy(refusal, values)
  if (line instanceof Refusal) return refusedBy(line, values)
  const { asked, positional } = line
  if (asked !== null) return { kind: 'asked', text: asked }
  // Each name of the table was given a value of its kind above.
  return settle({ kind: 'values', values: values as ValuesOf<T>, given, positional, warnings })
}

/** The first value that its own option does not take: one sentence that names it, or null. */
export function wrongValueIn(table: OptionTable, values: Readonly<RawValues>): string | null {
  for (const [name, option] of Object.entries(table.options)) {
    const wrong = wrongWith(option, values[name])
    if (wrong !== null) return `${option.envOnly ? `$${option.env}` : `--${option.flag}`} ${wrong}`
  }
  return null
}

function checked<T extends OptionTable>(
  table: T,
  parsed: Parsed<ValuesOf<T>>,
): Parsed<ValuesOf<T>> | Refused {
  const { values } = parsed
  const message = wrongValueIn(table, values)
  return message === null ? parsed : { kind: 'refused', exitCode: 1, message, values }
}

function attempt<R>(act: () => R): R | Refusal {
  try {
    return act()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

function refusedBy({ exitCode, message }: Refusal, values: Readonly<RawValues>): Refused {
  return { kind: 'refused', exitCode, message, values }
}

function wrongWith(option: AnyOption, value: unknown): string | null {
  if (option.choices && !option.choices.includes(String(value))) {
    return `must be one of ${option.choices.join(', ')}, not ${JSON.stringify(value)}`
  }
  // A table's check is written for its own option's kind, and the value is of that kind.
  const check = option.check as ((value: unknown) => string | null) | undefined
  return check?.(value) ?? null
}
