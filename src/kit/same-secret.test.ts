import { expect, test } from 'bun:test'
import { sameSecret } from './same-secret.ts'

test('two values are the same when all of their bytes are', () => {
  expect(sameSecret('', '')).toBe(true)
  expect(sameSecret('horse', 'horse')).toBe(true)
  expect(sameSecret('hörse', new TextEncoder().encode('hörse'))).toBe(true)
  for (const other of ['', 'hors', 'horse ', 'Horse', 'horsf', 'horse\0']) {
    expect(sameSecret('horse', other)).toBe(false)
    expect(sameSecret(other, 'horse')).toBe(false)
  }
})
