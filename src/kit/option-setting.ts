import { kindWords, readValue } from './option-values.ts'
import type { AnyOption, Env, RawValues } from './options.ts'

/** Why the options cannot be taken: one sentence that names the option. */
export class Refusal extends Error {
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2) {
    super(message)
    this.exitCode = exitCode
  }
}

export interface Setting {
  readonly values: RawValues
  readonly name: string
  readonly option: AnyOption
  readonly text: string
  /** The first value of a list replaces what a weaker source gave. */
  readonly first: boolean
  /** As a person named it: `--flag` or `$VARIABLE`. */
  readonly source: string
}

/** @throws Refusal when the text is no value of the option: of the command line 2, else 1. */
export function setValue({ values, name, option, text, first, source }: Setting): void {
  const value = readValue(option.kind, text)
  const exitCode = source.startsWith('$') ? 1 : 2
  if (value === null) {
    const shown = option.secret ? '' : ` ${JSON.stringify(text)}`
    throw new Refusal(`invalid ${kindWords[option.kind]}${shown} for ${source}`, exitCode)
  }
  const wrong = option.checkText?.(text) ?? null
  if (wrong !== null) throw new Refusal(`${source} ${wrong}`, exitCode)
  const before = values[name]
  values[name] =
    option.kind === 'strings' && !first && Array.isArray(before) ? [...before, text] : value
}

/** Sets what the environment says, the last of the older names first; true when it says something. */
export function setFromEnvironment({
  values,
  name,
  option,
  env,
  warnings,
}: Pick<Setting, 'values' | 'name' | 'option'> & {
  readonly env: Env
  readonly warnings: string[]
}): boolean {
  const found = fromEnvironment(option, { env, warnings })
  if (found === null) return false
  const texts = option.kind === 'strings' ? splitList(option, found.text) : [found.text]
  for (const [index, text] of texts.entries()) {
    setValue({ values, name, option, text, first: index === 0, source: `$${found.variable}` })
  }
  return true
}

function fromEnvironment(
  option: AnyOption,
  { env, warnings }: { readonly env: Env; readonly warnings: string[] },
): { readonly text: string; readonly variable: string } | null {
  if (option.env === undefined) return null
  const newName = option.deprecated ?? `$${option.env}`
  let variable: string | null = env[option.env] === undefined ? null : option.env
  if (variable !== null && option.deprecated !== undefined) {
    warnings.push(`env $${variable} has been deprecated, use ${newName} instead`)
  }
  for (const alias of option.envAliases ?? []) {
    if (env[alias] === undefined) continue
    warnings.push(`env $${alias} has been deprecated, use ${newName} instead`)
    if (variable !== null) warnings.push(`env $${variable} was overridden by $${alias}`)
    variable = alias
  }
  return variable === null ? null : { text: env[variable] ?? '', variable }
}

function splitList({ separator }: AnyOption, text: string): readonly string[] {
  if (separator === undefined) return [text]
  if (separator !== '\n') return text.split(separator)
  // A block of text in YAML ends its last line too.
  return text === '' ? [] : text.replace(/\n$/, '').split(separator)
}
