import { expect, test } from 'bun:test'
import {
  canonicalKey,
  GitConfigError,
  joinSettings,
  parseGitConfig,
  type Setting,
  secretsIn,
  shownKeys,
} from './git-config.ts'

test('lists are read by the grammar', () => {
  const lists: readonly (readonly [text: string, settings: readonly Setting[]])[] = [
    ['', []],
    ['a.b:c', [['a.b', 'c']]],
    ['a.b:c,', [['a.b', 'c']]],
    [
      'a.b:c,d.e:f',
      [
        ['a.b', 'c'],
        ['d.e', 'f'],
      ],
    ],
    // quotes around either, or both
    ['"a.b":c', [['a.b', 'c']]],
    ['a.b:"c"', [['a.b', 'c']]],
    [
      '"a.b":"c","d.e":"f",',
      [
        ['a.b', 'c'],
        ['d.e', 'f'],
      ],
    ],
    // without quotes a key has no escapes: commas, spaces and backslashes are themselves
    ['a.b,c d\\n.e:f', [['a.b,c d\\n.e', 'f']]],
    ['"a.x:y\\"z.b":c', [['a.x:y"z.b', 'c']]],
    // a value may hold colons, spaces and quotes that are not its first character
    ['a.b: c : d ', [['a.b', ' c : d ']]],
    ['a.b:c"d"', [['a.b', 'c"d"']]],
    ['a.b:"c,d:e"', [['a.b', 'c,d:e']]],
    ['a.b:""', [['a.b', '']]],
    // escapes, in values and between quotes
    ['a.b:\\n\\t\\"\\,\\\\', [['a.b', '\n\t",\\']]],
    ['a.b:"\\n\\t\\"\\,\\\\"', [['a.b', '\n\t",\\']]],
    [
      'a.b:c\\,d,e.f:g',
      [
        ['a.b', 'c,d'],
        ['e.f', 'g'],
      ],
    ],
    ['a.b:käse😀', [['a.b', 'käse😀']]],
  ]
  for (const [text, settings] of lists) expect(parseGitConfig(text)).toEqual(settings)
})

test('what is no list is refused where it goes wrong, without its values', () => {
  const wrong: readonly (readonly [text: string, says: string])[] = [
    ['abc', 'character 1: a key without a value'],
    ['a.b:secret,word', 'character 12: a key without a value'],
    [',', 'character 1: a key without a value'],
    ['a.b:', 'character 5: a key without a value; "" is an empty one'],
    ['a.b:,c.d:e', 'character 6: a key without a value; "" is an empty one'],
    ['a.b:c\\x', 'character 7: after \\ only'],
    ['a.b:c\\', 'character 7: after \\ only'],
    ['a.b:"c\\x"', 'character 8: after \\ only'],
    ['"a.b\\x":c', 'character 6: after \\ only'],
    ['a.b:"secret', 'character 12: a quote that is never closed'],
    ['"a.b:c', 'character 7: a quote that is never closed'],
    ['"a.b"c', 'character 6: a key in quotes must be followed by a colon'],
    ['"a.b"', 'character 6: a key in quotes must be followed by a colon'],
    ['a.b:"secret"x', 'character 13: a value in quotes must be followed by a comma or the end'],
    ['k:v', 'the key at character 1 has no section'],
    ['a.b:c, k:v', 'the key at character 7 has no section'],
    ['.b:c', 'the key at character 1 has a section of other'],
    ['a b.c:d', 'the key at character 1 has a section of other'],
    ['a.:c', 'the key at character 1 has a last part'],
    ['a.1b:c', 'the key at character 1 has a last part'],
    ['a.b_c:d', 'the key at character 1 has a last part'],
    ['"a.b\\nc.d":e', 'the key at character 1 has a line end'],
  ]
  for (const [text, says] of wrong) {
    const read = (): unknown => parseGitConfig(text)
    expect(read).toThrow(GitConfigError)
    expect(read).toThrow(says)
    expect(read).not.toThrow('secret')
  }
})

test('the keys that are refused are those that git refuses', () => {
  const keys = ['a.b', 'A-1.b-2', 'a..b', 'a.x y.b', 'a.ü.b', 'a.x=y.b', 'a.x.y.b', '1.b', '-.b']
  const none = ['k', '.b', 'a.', 'a b.c', 'ä.b', 'a.ü', 'a.1b', 'a.b_c', 'a.-b', 'a.x\ny.b', 'a.b ']
  const taken = (key: string): boolean => {
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: key, GIT_CONFIG_VALUE_0: 'x' }
    const { exitCode } = Bun.spawnSync(['git', 'config', '--list'], { env, cwd: '/' })
    return exitCode === 0
  }
  for (const key of keys) {
    expect([key, taken(key)]).toEqual([key, true])
    expect(parseGitConfig(`"${key}":x`)).toEqual([[key, 'x']])
  }
  for (const key of none) {
    expect([key, taken(key)]).toEqual([key, false])
    expect(() => parseGitConfig(`"${key}":x`)).toThrow(GitConfigError)
  }
})

test('a list that is written from settings gives these settings', () => {
  const quoted = (text: string): string =>
    text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')
  const random = randomOf(1)
  const textOf = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet.charAt(random(alphabet.length))).join('')
  for (let round = 0; round < 2000; round++) {
    const settings = Array.from({ length: random(4) }, (): Setting => {
      const middle = random(2) === 0 ? '' : `.${textOf('aZ:,"\\ .\t/', random(9))}`
      return [`s-1${middle}.nAme`, textOf('ab:,"\\ .\t\n=ü', random(9))]
    })
    const text = settings.map(([key, value]) => `"${quoted(key)}":"${quoted(value)}"`).join(',')
    expect(parseGitConfig(text)).toEqual(settings)
  }
})

test('no text makes it throw anything but its own error', () => {
  const random = randomOf(2)
  const pieces = ['a.b', ':', ',', '"', '\\', 'n', ' ', '\n', 'core.x', '""', '\\"', 'é', '\0']
  let read = 0
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: random(9) }, () => pieces[random(pieces.length)]).join('')
    try {
      parseGitConfig(text)
      read++
    } catch (error) {
      expect(error).toBeInstanceOf(GitConfigError)
    }
  }
  expect(read).toBeGreaterThan(1000)
})

test('a key that comes again overwrites, however its first and last words are written', () => {
  expect(joinSettings(['http.proxy:a,core.autocrlf:input', 'HTTP.Proxy:b', ''])).toEqual([
    ['HTTP.Proxy', 'b'],
    ['core.autocrlf', 'input'],
  ])
  expect(joinSettings(['url.A.insteadOf:x', 'url.a.insteadOf:y'])).toHaveLength(2)
  expect(canonicalKey('Url.HTTP://X.Y/.InsteadOf')).toBe('url.HTTP://X.Y/.insteadof')
})

test('a log shows the keys, without a login in them', () => {
  const lists = ['"url.https://t0ken@h/.insteadOf":x', 'http.extraHeader:Authorization: Basic aGk=']
  expect(shownKeys(lists)).toBe('url.https://h/.insteadOf http.extraHeader')
})

test('what may be a secret in settings is known', () => {
  expect(
    secretsIn([
      ['http.https://h/.extraHeader', 'Authorization: Basic aGk6aG8='],
      ['http.extraheader', 'X-Token: t0ken'],
      ['http.proxy', 'http://ann:word@proxy:80'],
      ['url.https://t1ken@h/.insteadOf', 'https://h/'],
      ['core.autocrlf', 'input'],
    ]),
  ).toEqual(['aGk6aG8=', 't0ken', 'ann:word', 't1ken'])
})

/** Whole numbers below a limit, the same ones each run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
}
