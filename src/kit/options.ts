import { kindWords, type OptionKind, readValue, type ValueOf } from './option-values.ts'

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
  /** Splits the environment's text of a `strings` option. */
  readonly separator?: string
  /** What the value is, for help: `DURATION`, `URL`. */
  readonly value?: string
  /** One or two sentences without a final stop. */
  readonly help: string
  /** Heading it stands under; options without one come first. */
  readonly group?: string
  readonly choices?: readonly string[]
  /** A sentence part that says what is wrong (`must be at least 10ms`), or null. */
  readonly check?: (value: ValueOf[K]) => string | null
  /** Never shown in logs. */
  readonly secret?: boolean
  /** Only from the environment: no flag. */
  readonly envOnly?: boolean
}

type AnyOption = { [K in OptionKind]: Option<K> }[OptionKind]

export interface OptionTable {
  readonly program: string
  /** One sentence, shown first in help. */
  readonly summary: string
  /** `pflag`: GNU-like long flags. `go`: one dash does as well, and the first other word ends them. */
  readonly dialect: 'pflag' | 'go'
  readonly options: Readonly<Record<string, AnyOption>>
  /** Options of the program replaced that do not exist yet: refused by name, never ignored. */
  readonly missing?: readonly { readonly flag: string; readonly env?: readonly string[] }[]
}

export type ValuesOf<T extends OptionTable> = {
  readonly [N in keyof T['options']]: ValueOf[T['options'][N]['kind']]
}

/** Names the table's type exactly, so that values are typed by it. */
export function defineOptions<const T extends OptionTable>(table: T): T {
  return table
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

export interface Asked {
  readonly kind: 'help' | 'version'
}

type RawValues = Record<string, ValueOf[OptionKind]>

/**
 * Reads the environment, then the command line over it. A bad value in the environment is refused
 * even when the command line would replace it, as the programs replaced by these sidecars do.
 */
export function parseOptions<T extends OptionTable>(
  table: T,
  { args, env }: { readonly args: readonly string[]; readonly env: Env },
): Parsed<ValuesOf<T>> | Refused | Asked {
  const values: RawValues = {}
  const given = new Set<string>()
  const warnings: string[] = []
  try {
    for (const [name, option] of Object.entries(table.options)) {
      values[name] = option.default
      const found = fromEnvironment(option, { env, warnings })
      if (!found) continue
      const texts = option.kind === 'strings' ? splitList(option, found.text) : [found.text]
      for (const [index, text] of texts.entries()) {
        setValue({ values, name, option, text, first: index === 0, source: `$${found.variable}` })
      }
      given.add(name)
    }
    const { asked, positional } = readCommandLine(table, { args, values, given })
    if (asked) return { kind: asked }
    refuseMissing(table, env)
    checkValues(table, values)
    // Each name of the table was given a value of its kind above.
    return { kind: 'values', values: values as ValuesOf<T>, given, positional, warnings }
  } catch (error) {
    if (error instanceof Refusal) {
      return { kind: 'refused', exitCode: error.exitCode, message: error.message, values }
    }
    throw error
  }
}

class Refusal extends Error {
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2) {
    super(message)
    this.exitCode = exitCode
  }
}

function fromEnvironment(
  option: AnyOption,
  { env, warnings }: { readonly env: Env; readonly warnings: string[] },
): { readonly text: string; readonly variable: string } | null {
  if (option.env === undefined) return null
  let variable: string | null = env[option.env] === undefined ? null : option.env
  for (const alias of option.envAliases ?? []) {
    if (env[alias] === undefined) continue
    warnings.push(`env $${alias} has been deprecated, use $${option.env} instead`)
    if (variable !== null) warnings.push(`env $${variable} was overridden by $${alias}`)
    variable = alias
  }
  return variable === null ? null : { text: env[variable] ?? '', variable }
}

function splitList(option: AnyOption, text: string): readonly string[] {
  return option.separator === undefined ? [text] : text.split(option.separator)
}

interface CommandLine {
  readonly args: readonly string[]
  readonly values: RawValues
  readonly given: Set<string>
}

function readCommandLine(
  table: OptionTable,
  { args, values, given }: CommandLine,
): { readonly asked: 'help' | 'version' | null; readonly positional: string[] } {
  const positional: string[] = []
  const replaced = new Set<string>()
  let asked: 'help' | 'version' | null = null
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') {
      positional.push(...args.slice(at + 1))
      break
    }
    if (!arg.startsWith('-') || arg === '-') {
      if (table.dialect === 'go') {
        positional.push(...args.slice(at))
        break
      }
      positional.push(arg)
      continue
    }
    const { flag, attached } = splitFlag(table, arg)
    if (flag === 'help' || flag === 'h' || flag === '?') {
      asked ??= 'help'
      continue
    }
    if (flag === 'version') {
      asked ??= 'version'
      continue
    }
    const entry = entryOf(table, { flag, arg })
    let text = attached
    if (text === null && entry.option.kind === 'bool') text = 'true'
    if (text === null) {
      at++
      text = args[at] ?? null
    }
    if (text === null) throw new Refusal(`flag needs an argument: ${shownFlag(arg)}`, 2)
    setValue({
      values,
      ...entry,
      text,
      first: !replaced.has(entry.name),
      source: shownFlag(arg),
    })
    replaced.add(entry.name)
    given.add(entry.name)
  }
  return { asked, positional }
}

function refuseMissing(table: OptionTable, env: Env): void {
  for (const missing of table.missing ?? []) {
    const variable = missing.env?.find((name) => asksForSomething(env[name]))
    if (variable === undefined) continue
    throw new Refusal(`$${variable} is not supported by this version of ${table.program} yet`, 1)
  }
}

/** Charts set every variable there is, most of them to nothing. */
function asksForSomething(text: string | undefined): boolean {
  return text !== undefined && text !== '' && readValue('bool', text) !== false
}

function splitFlag(
  table: OptionTable,
  arg: string,
): { readonly flag: string; readonly attached: string | null } {
  const long = arg.startsWith('--')
  const body = arg.slice(long ? 2 : 1)
  const equals = body.indexOf('=')
  if (long || table.dialect === 'go') {
    if (equals === 0 || body === '') throw new Refusal(`bad flag syntax: ${arg}`, 2)
    return equals < 0
      ? { flag: body, attached: null }
      : { flag: body.slice(0, equals), attached: body.slice(equals + 1) }
  }
  const rest = body.slice(1)
  const attached = rest === '' ? null : rest.startsWith('=') ? rest.slice(1) : rest
  return { flag: body.slice(0, 1), attached }
}

function entryOf(
  table: OptionTable,
  { flag, arg }: { readonly flag: string; readonly arg: string },
): { readonly name: string; readonly option: AnyOption } {
  const short = table.dialect === 'pflag' && !arg.startsWith('--')
  for (const [name, option] of Object.entries(table.options)) {
    if (option.envOnly) continue
    if (short ? option.short === flag : option.flag === flag) return { name, option }
  }
  if (table.missing?.some((missing) => missing.flag === flag)) {
    throw new Refusal(`--${flag} is not supported by this version of ${table.program} yet`, 2)
  }
  throw new Refusal(
    short ? `unknown shorthand flag: -${flag}` : `unknown flag: ${shownFlag(arg)}`,
    2,
  )
}

function shownFlag(arg: string): string {
  return arg.split('=', 1)[0] ?? arg
}

interface Setting {
  readonly values: RawValues
  readonly name: string
  readonly option: AnyOption
  readonly text: string
  /** The first value of a list replaces what a weaker source gave. */
  readonly first: boolean
  readonly source: string
}

function setValue({ values, name, option, text, first, source }: Setting): void {
  const value = readValue(option.kind, text)
  if (value === null) {
    const exitCode = source.startsWith('$') ? 1 : 2
    const shown = option.secret ? '' : ` ${JSON.stringify(text)}`
    throw new Refusal(`invalid ${kindWords[option.kind]}${shown} for ${source}`, exitCode)
  }
  const before = values[name]
  values[name] =
    option.kind === 'strings' && !first && Array.isArray(before) ? [...before, text] : value
}

function checkValues(table: OptionTable, values: RawValues): void {
  for (const [name, option] of Object.entries(table.options)) {
    const value = values[name]
    const wrong = wrongWith(option, value)
    if (wrong !== null) {
      const flag = option.envOnly ? `$${option.env}` : `--${option.flag}`
      throw new Refusal(`${flag} ${wrong}`, 1)
    }
  }
}

function wrongWith(option: AnyOption, value: unknown): string | null {
  if (option.choices && !option.choices.includes(String(value))) {
    return `must be one of ${option.choices.join(', ')}, not ${JSON.stringify(value)}`
  }
  // A table's check is written for its own option's kind, and the value is of that kind.
  const check = option.check as ((value: unknown) => string | null) | undefined
  return check?.(value) ?? null
}
