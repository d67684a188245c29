import { expect, test } from 'bun:test'
import { defineOptions, parseOptions, wrongValueIn } from './options.ts'
import { helpText, optionsMarkdown } from './options-docs.ts'
import { version } from './version.ts'

const table = defineOptions({
  program: 'demo',
  summary: 'shows options',
  dialect: 'pflag',
  options: {
    repo: { flag: 'repo', kind: 'string', default: '', env: 'REPO', help: 'Where from' },
    verbose: { flag: 'verbose', short: 'v', kind: 'int', default: 0, help: 'Log level' },
    once: { flag: 'one-time', kind: 'bool', default: false, env: 'ONCE', help: 'Stop after one' },
    period: {
      flag: 'period',
      kind: 'duration',
      default: 10_000,
      env: 'PERIOD',
      envAliases: ['OLD_PERIOD', 'OLDER_PERIOD'],
      help: 'Pause',
      check: (ms: number) => (ms < 10 ? 'must be at least 10ms' : null),
    },
    keys: {
      flag: 'key',
      kind: 'strings',
      default: ['/default'],
      env: 'KEYS',
      separator: ':',
      help: 'Key files',
    },
    also: {
      flag: 'also',
      kind: 'strings',
      default: [],
      env: 'ALSO',
      separator: ',',
      appends: true,
      hidden: ['__also'],
      help: 'More',
      checkText: (text: string) => (text === 'bad' ? 'is bad' : null),
    },
    words: {
      flag: 'word',
      kind: 'strings',
      default: [],
      env: 'WORDS',
      separator: '\n',
      help: 'Words',
    },
    oldWhere: {
      flag: 'where',
      kind: 'string',
      default: '',
      env: 'OLD_WHERE',
      deprecated: '--repo',
      help: 'Now --repo',
    },
    mode: { flag: 'mode', kind: 'string', default: 'a', choices: ['a', 'b'], help: 'Way' },
  },
  prints: { man: { help: 'The manual', text: ({ program }) => `about ${program}` } },
})

function parse(args: string[], env: Record<string, string> = {}) {
  return parseOptions(table, { args, env })
}

function values(args: string[], env: Record<string, string> = {}) {
  const parsed = parse(args, env)
  if (parsed.kind !== 'values') throw new Error(JSON.stringify(parsed))
  return parsed.values
}

test('a value follows = or a space, and an empty one is a value', () => {
  expect(values(['--repo=x=y']).repo).toBe('x=y')
  expect(values(['--repo', '--odd']).repo).toBe('--odd')
  expect(values(['--repo=']).repo).toBe('')
})

test('booleans stand alone or take = and never the next word', () => {
  expect(values(['--one-time']).once).toBe(true)
  expect(values(['--one-time=false']).once).toBe(false)
  expect(parse(['--one-time', 'false'])).toMatchObject({ positional: ['false'] })
  expect(parse(['--one-time=toString'])).toMatchObject({ kind: 'refused', exitCode: 2 })
  expect(parse(['--one-time=yes'])).toMatchObject({ kind: 'refused', exitCode: 2 })
})

test('short options take their value attached, after = or as the next word', () => {
  expect(values(['-v5']).verbose).toBe(5)
  expect(values(['-v=0x10']).verbose).toBe(16)
  expect(values(['-v', '3']).verbose).toBe(3)
})

test('the command line wins over the environment, the environment over the default', () => {
  expect(values([]).period).toBe(10_000)
  expect(values([], { PERIOD: '2s' }).period).toBe(2000)
  expect(values(['--period', '3s'], { PERIOD: '2s' }).period).toBe(3000)
})

test('an old name in the environment wins over the new one, with warnings', () => {
  const parsed = parse([], { PERIOD: '1s', OLD_PERIOD: '2s', OLDER_PERIOD: '3s' })
  expect(parsed).toMatchObject({ kind: 'values', values: { period: 3000 } })
  expect(parsed.kind === 'values' && parsed.warnings).toEqual([
    'env $OLD_PERIOD has been deprecated, use $PERIOD instead',
    'env $PERIOD was overridden by $OLD_PERIOD',
    'env $OLDER_PERIOD has been deprecated, use $PERIOD instead',
    'env $OLD_PERIOD was overridden by $OLDER_PERIOD',
  ])
})

test('an empty variable is a value, not an absence', () => {
  expect(parse([], { PERIOD: '' })).toMatchObject({
    kind: 'refused',
    exitCode: 1,
    message: 'invalid duration (like 10s or 1m30s) "" for $PERIOD',
  })
})

test('a bad variable is fatal for whoever asks for help too, and the rest is read all the same', () => {
  const parsed = parse(['--version', '--repo=x'], { PERIOD: 'soon', ONCE: '' })
  expect(parsed).toMatchObject({ kind: 'refused', exitCode: 1, values: { repo: 'x' } })
  expect(parsed.kind === 'refused' && parsed.message).toContain('"" for $ONCE')
})

test('a name that no option has is an error as a flag and nothing in the environment', () => {
  expect(parse(['--perod=1s'])).toMatchObject({ exitCode: 2, message: 'unknown flag: --perod' })
  expect(values([], { PEROD: '1s' }).period).toBe(10_000)
})

test('all values are looked at together instead of each by its own check, by who wants that', () => {
  const refused = { kind: 'refused', exitCode: 1, message: 'not so', values: {} } as const
  const settled = parseOptions(table, { args: ['--period=1ms'], env: {}, settle: () => refused })
  expect(settled).toEqual(refused)
  const taken = parseOptions(table, { args: ['--period=1ms'], env: {}, settle: (read) => read })
  expect(taken).toMatchObject({ kind: 'values', values: { period: 1 } })
  expect(taken.kind === 'values' && wrongValueIn(table, taken.values)).toBe(
    '--period must be at least 10ms',
  )
})

test('repeated options add up and replace the environment and the default', () => {
  expect(values([]).keys).toEqual(['/default'])
  expect(values([], { KEYS: '/a:/b' }).keys).toEqual(['/a', '/b'])
  expect(values(['--key=/c', '--key', '/d'], { KEYS: '/a:/b' }).keys).toEqual(['/c', '/d'])
})

test('a list in the environment may be lines, of which the last one ends or does not', () => {
  const lines = (text: string) => values([], { WORDS: text }).words
  expect(lines('a b\n\n"c"')).toEqual(['a b', '', '"c"'])
  expect(lines('a\nb\n')).toEqual(['a', 'b'])
  expect(lines('\n')).toEqual([''])
  expect(lines('')).toEqual([])
})

test('what cannot be is refused by name, with the exit code of its kind', () => {
  const refusals: [string[], 1 | 2, string][] = [
    [['--nope=1'], 2, 'unknown flag: --nope'],
    [['-x'], 2, 'unknown shorthand flag: -x'],
    [['-password=hunter2'], 2, 'unknown shorthand flag: -p'],
    [['---repo=x'], 2, 'bad flag syntax: ---repo'],
    [['--=x'], 2, 'bad flag syntax: --'],
    [['--help=maybe'], 2, 'invalid boolean (true or false) "maybe" for --help'],
    [['--version', '--nope'], 2, 'unknown flag: --nope'],
    [['--repo'], 2, 'flag needs an argument: --repo'],
    [['--verbose=ten'], 2, 'invalid whole number "ten" for --verbose'],
    [['--period=5ms'], 1, '--period must be at least 10ms'],
    [['--mode=c'], 1, '--mode must be one of a, b, not "c"'],
  ]
  for (const [args, exitCode, message] of refusals) {
    expect(parse(args)).toMatchObject({ kind: 'refused', exitCode, message })
  }
})

test('an old option is taken with a warning, by flag and by environment', () => {
  const parsed = parse(['--where=x'], { OLD_WHERE: 'y' })
  expect(parsed).toMatchObject({ values: { oldWhere: 'x' } })
  expect(parsed.kind === 'values' && parsed.warnings).toEqual([
    'env $OLD_WHERE has been deprecated, use --repo instead',
    '--where has been deprecated, use --repo instead',
  ])
})

test('a list that appends keeps what the environment gave', () => {
  expect(values(['--also=c'], { ALSO: 'a,b' }).also).toEqual(['a', 'b', 'c'])
  expect(values(['--key=c'], { KEYS: 'a:b' }).keys).toEqual(['c'])
})

test('a text that its option does not take is refused by where it came from', () => {
  expect(parse(['--also=bad'])).toMatchObject({ exitCode: 2, message: '--also is bad' })
  expect(parse([], { ALSO: 'a,bad' })).toMatchObject({ exitCode: 1, message: '$ALSO is bad' })
})

test('a hidden name is taken, and help does not show it', () => {
  expect(values(['--__also=x']).also).toEqual(['x'])
  expect(helpText(table)).not.toContain('__also')
})

test('options after -- are words', () => {
  expect(parse(['--', '--repo=x'])).toMatchObject({
    positional: ['--repo=x'],
    values: { repo: '' },
  })
})

test('given tells what somebody set', () => {
  const parsed = parse(['--mode=a'], { ONCE: 'false' })
  expect(parsed.kind === 'values' && [...parsed.given].sort()).toEqual(['mode', 'once'])
})

test('one dash does in the dialect of go, and the first other word ends the options', () => {
  const go = { ...table, dialect: 'go' } as const
  const parsed = parseOptions(go, { args: ['-repo', 'x', '-one-time', 'word', '--nope'], env: {} })
  expect(parsed).toMatchObject({
    values: { repo: 'x', once: true },
    positional: ['word', '--nope'],
  })
})

test('help and version are asked for anywhere', () => {
  const help = { kind: 'asked' as const, text: helpText(table) }
  for (const flag of ['-h', '--help', '-?', '--__?', '--help=true']) {
    expect(parse(['--repo=x', flag])).toEqual(help)
  }
  expect(parse(['--version'])).toEqual({ kind: 'asked', text: version })
  expect(parse(['--man'])).toEqual({ kind: 'asked', text: 'about demo' })
  expect(parse(['--version=false']).kind).toBe('values')
})

test('help and documents name every option with its default and environment', () => {
  const help = helpText(table)
  const page = optionsMarkdown(table)
  for (const option of Object.values(table.options)) {
    expect(help).toContain(`--${option.flag}`)
    expect(page).toContain(`--${option.flag}`)
  }
  expect(help).toContain('-v, --verbose N')
  expect(help).toContain('Pause (default 10s; $PERIOD)')
  expect(page).toContain(
    '| `--period DURATION` | `PERIOD` `OLD_PERIOD` `OLDER_PERIOD` | `10s` | Pause |',
  )
})
