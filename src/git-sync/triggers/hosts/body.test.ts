import { expect, test } from 'bun:test'
import { bodyOf, field, shown } from './body.ts'

test('a field is read only where it stands itself', () => {
  const said = bodyOf(new TextEncoder().encode('{"a":{"b":[7]},"__proto__":{"c":1}}'))
  expect(field(said, 'a', 'b', '0')).toBe(7)
  expect(field(said, '__proto__', 'c')).toBe(1)
  for (const path of [['c'], ['constructor'], ['a', 'toString'], ['a', 'b', 'map'], ['x', 'y']]) {
    expect(field(said, ...path)).toBeUndefined()
  }
})

test('a value is shown in short, on one line', () => {
  expect(shown('one\ntwo')).toBe('"one\\ntwo"')
  expect(shown('x'.repeat(5_000))).toBe(`"${'x'.repeat(100)}…"`)
  expect([undefined, null, [], {}, 7].map(shown)).toEqual([
    'missing',
    'null',
    'a list',
    'an object',
    'a number',
  ])
})
