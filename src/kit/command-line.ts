import { Refusal, setValue } from './option-setting.ts'
import { kindWords, readValue } from './option-values.ts'
import type { AnyOption, OptionTable, RawValues } from './options.ts'
import { helpText } from './options-docs.ts'
import { version } from './version.ts'

export interface CommandLine {
  readonly args: readonly string[]
  readonly values: RawValues
  readonly given: Set<string>
  readonly warnings: string[]
}

/**
 * Sets what the command line says. `asked` is the text to print instead of running, or null.
 * @throws Refusal with exit code 2 when it cannot be read.
 */
export function readCommandLine(
  table: OptionTable,
  { args, values, given, warnings }: CommandLine,
): { readonly asked: string | null; readonly positional: string[] } {
  const positional: string[] = []
  const replaced = new Set<string>()
  let asked: string | null = null
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
    const text = printedText(table, flag)
    if (text !== null) {
      if (isWanted(attached, shownFlag(arg))) asked ??= text()
      continue
    }
    const entry = entryOf(table, { flag, arg })
    const { name, option } = entry
    let value = attached
    if (value === null && option.kind === 'bool') value = 'true'
    if (value === null) {
      at++
      value = args[at] ?? null
    }
    if (value === null) throw new Refusal(`flag needs an argument: ${shownFlag(arg)}`, 2)
    const first = !replaced.has(name) && !(option.appends && given.has(name))
    setValue({ values, name, option, text: value, first, source: shownFlag(arg) })
    if (!replaced.has(name) && option.deprecated !== undefined) {
      warnings.push(`${shownFlag(arg)} has been deprecated, use ${option.deprecated} instead`)
    }
    replaced.add(name)
    given.add(name)
  }
  return { asked, positional }
}

/** Flags that print and exit: bools like any other. */
function printedText(table: OptionTable, flag: string): (() => string) | null {
  if (['help', 'h', '?', '__?'].includes(flag)) return () => helpText(table)
  if (flag === 'version') return () => version
  const printed = Object.hasOwn(table.prints ?? {}, flag) ? table.prints?.[flag] : undefined
  return printed === undefined ? null : () => printed.text(table)
}

function isWanted(attached: string | null, source: string): boolean {
  const value = attached === null ? true : readValue('bool', attached)
  if (value !== null) return value === true
  throw new Refusal(`invalid ${kindWords.bool} ${JSON.stringify(attached)} for ${source}`, 2)
}

function splitFlag(
  table: OptionTable,
  arg: string,
): { readonly flag: string; readonly attached: string | null } {
  const long = arg.startsWith('--')
  const body = arg.slice(long ? 2 : 1)
  const equals = body.indexOf('=')
  if (long || table.dialect === 'go') {
    if (/^[-=]|^$/.test(body)) throw new Refusal(`bad flag syntax: ${shownFlag(arg)}`, 2)
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
    if (short ? option.short === flag : hasLongName(option, flag)) return { name, option }
  }
  throw new Refusal(
    short ? `unknown shorthand flag: -${flag}` : `unknown flag: ${shownFlag(arg)}`,
    2,
  )
}

function hasLongName(option: AnyOption, flag: string): boolean {
  return (!option.envOnly && option.flag === flag) || (option.hidden?.includes(flag) ?? false)
}

function shownFlag(arg: string): string {
  return arg.split('=', 1)[0] ?? arg
}
