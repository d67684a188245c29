import { expect, test } from 'bun:test'
import { isUtcHere } from './zone.ts'

const zones = '/usr/share/zoneinfo'

test('a zone of the environment counts before the file of the machine', () => {
  for (const TZ of ['', 'UTC', ':UTC', 'Etc/UTC']) expect(isUtcHere({ TZ })).toBe(true)
  for (const TZ of ['Europe/Berlin', 'UTC+1', 'EST5EDT']) expect(isUtcHere({ TZ })).toBe(false)
})

test('without one the file says it, and no file is UTC', () => {
  expect(isUtcHere({}, { file: '/nowhere' })).toBe(true)
  expect(isUtcHere({}, { file: import.meta.path })).toBe(false)
})

test.if(await Bun.file(`${zones}/Europe/Berlin`).exists())('files of real zones', () => {
  expect(isUtcHere({}, { file: `${zones}/Europe/Berlin` })).toBe(false)
  expect(isUtcHere({}, { file: `${zones}/Europe/London` })).toBe(false)
  expect(isUtcHere({}, { file: `${zones}/Etc/UTC` })).toBe(true)
})
