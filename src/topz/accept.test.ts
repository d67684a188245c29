import { expect, test } from 'bun:test'
import { preferred } from './accept.ts'

const offers = ['text/plain', 'text/html', 'application/json'] as const

test('curl, scripts and clients that say nothing get text', () => {
  for (const accept of [null, '', '*/*', 'text/plain', 'text/*', 'image/png', 'nonsense']) {
    expect([accept, preferred(accept, offers)]).toEqual([accept, 'text/plain'])
  }
})

test('browsers get the page', () => {
  const chrome = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8'
  expect(preferred(chrome, offers)).toBe('text/html')
  expect(preferred('text/html', offers)).toBe('text/html')
})

test('who names JSON first or alone gets JSON', () => {
  expect(preferred('application/json', offers)).toBe('application/json')
  expect(preferred('application/json, text/plain, */*', offers)).toBe('application/json')
  expect(preferred('text/html;q=0.5, application/json', offers)).toBe('application/json')
  expect(preferred('Application/JSON; charset=utf-8', offers)).toBe('application/json')
})

test('quality counts before order, and zero means never', () => {
  expect(preferred('text/html;q=0.1, text/plain;q=0.9', offers)).toBe('text/plain')
  expect(preferred('text/plain;q=0, */*', offers)).toBe('text/html')
})
