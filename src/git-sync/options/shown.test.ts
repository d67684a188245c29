import { expect, test } from 'bun:test'
import { shownUrl } from './shown.ts'

test('of a URL only its host is shown', () => {
  expect(shownUrl('https://hooks.example/services/T0/B1/s3cret')).toBe(
    'https://hooks.example/[redacted]',
  )
  expect(shownUrl('http://ann:word@h:8080/?token=t')).toBe('http://h:8080/[redacted]')
  expect(shownUrl('http://h')).toBe('http://h/')
  expect(shownUrl('s3cret')).toBe('[redacted]')
  expect(shownUrl('')).toBe('')
})
