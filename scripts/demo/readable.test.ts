import { expect, test } from 'bun:test'
import { readable, reasonIn } from './readable.ts'

test('a person is told of errors and warnings only, in one sentence', () => {
  const record = { ts: 'x', error: 'no such ref', msg: 'sync failed', advice: 'check --ref' }
  expect(readable(JSON.stringify(record))).toBe('sync failed: no such ref; check --ref')
  expect(readable('{"ts":"x","error":"","msg":"Cannot sync"}')).toBe('Cannot sync')
  expect(readable('{"level":0,"severity":"warning","msg":"old option"}')).toBe('old option')
  expect(readable('{"level":0,"msg":"all is well"}')).toBeNull()
  expect(readable('Serving on 127.0.0.1:80')).toBeNull()
})

test('a program ended because of its last error, else of what it said last', () => {
  const record = '{"ts":"x","error":"in use","msg":"Cannot listen"}'
  expect(reasonIn([record, '{"level":0,"msg":"stopping"}'])).toBe('Cannot listen: in use')
  expect(reasonIn(['error: no module', '    at file.ts:1', 'Bun v1'])).toBe('error: no module')
  expect(reasonIn(['{"level":0,"msg":"stopping"}'])).toBe('stopping')
  expect(reasonIn(['{broken'])).toBe('{broken')
  expect(reasonIn([])).toBeNull()
})
