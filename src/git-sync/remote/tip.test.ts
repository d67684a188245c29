import { expect, test } from 'bun:test'
import { candidatesFor, chooseTip, parseListing } from './tip.ts'

const a = 'a'.repeat(40)
const b = 'b'.repeat(40)
const c = 'c'.repeat(40)

test('a tag wins over a branch of the same name, and is peeled', () => {
  const listing = `${a}\trefs/heads/v1\n${b}\trefs/tags/v1\n${c}\trefs/tags/v1^{}\n`
  expect(chooseTip(parseListing(listing), candidatesFor('v1'))).toEqual({
    ref: 'refs/tags/v1',
    commit: c,
  })
})

test('a branch whose name only ends alike is another branch', () => {
  const listing = `${a}\trefs/heads/feature/main\n${b}\trefs/heads/main\n`
  expect(chooseTip(parseListing(listing), candidatesFor('main'))).toEqual({
    ref: 'refs/heads/main',
    commit: b,
  })
  expect(
    chooseTip(parseListing(`${a}\trefs/heads/feature/main\n`), candidatesFor('main')),
  ).toBeNull()
})

test('a full name means itself alone', () => {
  expect(candidatesFor('refs/heads/main')).toEqual(['refs/heads/main'])
  expect(candidatesFor('HEAD')).toEqual(['HEAD'])
})

test('an answer without our ref is no tip', () => {
  expect(chooseTip(parseListing(''), ['HEAD'])).toBeNull()
  expect(chooseTip(parseListing('warning: nonsense\n'), ['HEAD'])).toBeNull()
})
