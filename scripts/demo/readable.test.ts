import { expect, test } from 'bun:test'
import { plain, readable } from './readable.ts'

test('a person is told of errors and warnings only, in one sentence', () => {
  expect(readable('{"ts":"x","error":"no such ref","msg":"Cannot sync"}')).toBe(
    'Cannot sync: no such ref',
  )
  expect(readable('{"ts":"x","error":"","msg":"Cannot sync"}')).toBe('Cannot sync')
  expect(readable('{"level":0,"severity":"warning","msg":"old option"}')).toBe('old option')
  expect(readable('{"level":0,"msg":"all is well"}')).toBeNull()
  expect(readable('Serving on 127.0.0.1:80')).toBeNull()
})

test('a line that is no record stays as it is', () => {
  expect(plain('{"level":0,"msg":"stopping"}')).toBe('stopping')
  expect(plain('{broken')).toBe('{broken')
})
