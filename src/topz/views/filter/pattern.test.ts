import { expect, test } from 'bun:test'
import { seeded } from '#test/fixtures/seeded.ts'
import { Unreadable } from './fault.ts'
import { patternOf } from './pattern.ts'

/** Each line: a pattern, texts in which it is found, texts in which it is not. */
const examples: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['', ['', 'a'], []],
  ['node', ['/usr/bin/NODE x'], ['nod e']],
  ['NODE', ['node'], ['nod']],
  ['^a.c$', ['abc', 'a\nc'], ['abcd', 'xabc', 'ac']],
  ['a|bc|', ['', 'x'], []],
  ['^(a|bc)+$', ['abcbca'], ['', 'b', 'abcb']],
  ['^a{2,3}$', ['aa', 'aaa'], ['a', 'aaaa']],
  ['^a{2}b{0,}c{1,}$', ['aac', 'aabbcc'], ['aab', 'abc']],
  ['a{x', ['a{x'], ['aa']],
  ['^[a-c0-]+$', ['b0-A'], ['d', '']],
  ['^[^a-c]$', ['d', ']'], ['b', 'B']],
  ['^[]x]$', [']', 'x'], ['a']],
  ['^\\d+\\.\\w\\s\\/$', ['12.a /'], ['12xa /']],
  ['^\\D\\W\\S$', ['a-b'], ['1-b', 'aab', 'a- ']],
  ['^[\\d.]+$', ['1.2'], ['a']],
  ['^[^\\D]$', ['1'], ['a']],
  ['(?:ab)*?c', ['ababc'], ['ab']],
  ['ß|É', ['groß', 'é'], ['e']],
  ['$^', [''], ['a']],
  ['a^b|c$d', [], ['ab', 'cd']],
]

test('a pattern means what it means elsewhere, letters of either case alike', () => {
  for (const [pattern, found, missed] of examples) {
    const fits = patternOf(pattern, 0)
    expect([pattern, ...found.filter((text) => !fits(text))]).toEqual([pattern])
    expect([pattern, ...missed.filter((text) => fits(text))]).toEqual([pattern])
  }
})

test('random patterns find in random texts what the language itself finds', () => {
  const random = seeded(27)
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? ''
  const parts = ['a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '\\d', '(a|b)', '(?:bc|)', '^', '$']
  const times = ['', '', '', '*', '+', '?', '{1,2}', '{2}']
  for (let round = 0; round < 3000; round++) {
    let pattern = ''
    for (let count = 0; count < 1 + random() * 5; count++) {
      const part = pick(parts)
      pattern += part === '^' || part === '$' ? part : part + pick(times)
      if (random() < 0.1) pattern += '|'
    }
    const ours = patternOf(pattern, 0)
    const theirs = new RegExp(pattern, 'is')
    for (let count = 0; count < 8; count++) {
      const text = Array.from({ length: random() * 8 }, () => pick(['a', 'b', 'c', '1', '-'])).join(
        '',
      )
      expect({ pattern, text, found: ours(text) }).toEqual({
        pattern,
        text,
        found: theirs.test(text),
      })
    }
  }
})

function faultOf(pattern: string): string {
  try {
    patternOf(pattern, 10)
    return 'none'
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return `${error.fault.at}: ${error.fault.says}`
  }
}

test('what it does not know is told by its place', () => {
  expect(faultOf('a(b')).toBe('11: this ( has no ); write \\( for the character')
  expect(faultOf('ab)')).toBe('12: this ) has no (; write \\) for the character')
  expect(faultOf('a[b')).toBe('11: this [ has no ]; write \\[ for the character')
  expect(faultOf('a|*')).toBe('12: there is nothing to repeat; write \\* for the character')
  expect(faultOf('(a)\\1')).toBe('13: \\1 is not known')
  expect(faultOf('a(?=b)')).toBe('11: groups with ? are not known; write (…)')
  expect(faultOf('a{3,2}')).toBe('11: these stand in the wrong order')
  expect(faultOf('[b-a]')).toBe('11: this is no range')
  expect(faultOf('^*')).toBe('10: this stands once')
})

test('a pattern that is dear to follow is refused, or takes no longer than its text is long', () => {
  expect(faultOf('(a{99}){99}')).toContain('more than 100 steps')
  expect(faultOf('(((){999}){999}){999}')).toContain('more than 100 steps')
  expect(faultOf('('.repeat(500) + ')'.repeat(500))).toBe('none')
  // the ways through these double with each character, for engines that try one after the other
  const text = 'a'.repeat(10_000)
  for (const pattern of ['(a+)+b', '(a|a)*b', '(a*)*(a*)*b', '(a|b)*a(a|b){20}c', 'a*a*a*a*a*b']) {
    expect(patternOf(pattern, 0)(text)).toBe(false)
  }
})
