import { formatDuration } from './duration.ts'
import type { Option, OptionTable } from './options.ts'

/** The text of `--help`. */
export function helpText(table: OptionTable): string {
  const head = `${table.program}: ${table.summary}\n\nUsage: ${table.program} [options]`
  return `${head}\n\n${optionsText(table)}`
}

/** All options by their groups, each with its default and its environment. */
export function optionsText(table: OptionTable): string {
  const parts: string[] = []
  for (const [group, options] of byGroup(table)) {
    parts.push(group)
    for (const option of options) {
      parts.push(`  ${signature(option)}`, ...wrapped(helpSentence(option), 84, '        '))
    }
    parts.push('')
  }
  parts.push('Print and exit', '  -h, --help', '      --version')
  for (const [flag, { help }] of Object.entries(table.prints ?? {})) {
    parts.push(`      --${flag}`, `        ${help}`)
  }
  return parts.join('\n')
}

/** What a page calls an option: its flag with what the value is, or its variable. */
export function optionNameText(option: Option): string {
  return code(signature(option).trim())
}

/** The same table as a page of documentation. */
export function optionsMarkdown(table: OptionTable): string {
  const parts = [
    `# Options of ${table.program}`,
    '',
    'Generated from the option table: edit the source, then run `npm run fix`.',
  ]
  for (const [group, options] of byGroup(table)) {
    parts.push('', `## ${group}`, '', '| option | environment | default | what it does |')
    parts.push('|---|---|---|---|')
    for (const option of options) {
      const env = [option.env, ...(option.envAliases ?? [])].filter((name) => name !== undefined)
      const cells = [
        option.envOnly ? '' : optionNameText(option),
        env.map(code).join(' '),
        defaultText(option) === '' ? '' : code(defaultText(option)),
        choices(option),
      ]
      parts.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    }
  }
  return `${parts.join('\n')}\n`
}

function byGroup(table: OptionTable): Map<string, Option[]> {
  const groups = new Map<string, Option[]>()
  for (const option of Object.values(table.options)) {
    const name = option.group ?? 'Options'
    // Only texts are read here, so that the kind does not matter.
    groups.set(name, [...(groups.get(name) ?? []), option as unknown as Option])
  }
  return groups
}

function signature(option: Option): string {
  if (option.envOnly) return `    $${option.env}`
  const short = option.short === undefined ? '    ' : `-${option.short}, `
  const value = option.kind === 'bool' ? '' : ` ${option.value ?? placeholder[option.kind]}`
  return `${short}--${option.flag}${value}`
}

const placeholder: Readonly<Record<Option['kind'], string>> = {
  string: 'TEXT',
  strings: 'TEXT',
  bool: '',
  int: 'N',
  float: 'N',
  duration: 'DURATION',
}

function helpSentence(option: Option): string {
  const extras: string[] = []
  if (option.deprecated === undefined && defaultText(option) !== '')
    extras.push(`default ${defaultText(option)}`)
  if (option.env !== undefined && !option.envOnly) extras.push(`$${option.env}`)
  return extras.length === 0 ? choices(option) : `${choices(option)} (${extras.join('; ')})`
}

function choices(option: Option): string {
  return option.choices ? `${option.help}: ${option.choices.join(', ')}` : option.help
}

function defaultText({ kind, default: value }: Option): string {
  if (kind === 'duration') return formatDuration(Number(value))
  if (Array.isArray(value)) return value.join(' ')
  return value === false ? '' : String(value)
}

function code(text: string): string {
  return `\`${text}\``
}

function wrapped(text: string, width: number, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(indent + line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, indent + line]
}
