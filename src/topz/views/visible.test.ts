import { expect, test } from 'bun:test'
import { visible } from './visible.ts'

test('what ends lines or drives a terminal is shown as its picture', () => {
  expect(visible('a\nb\r\t\u001b[31mred\u0000\u007f')).toBe('a␊b␍␉␛[31mred␀␡')
})

test('what reorders or hides text is shown by its number', () => {
  expect(visible('safe\u202egpj.exe')).toBe('safe<U+202E>gpj.exe')
  expect(visible('a\u200bb\u2066c\u0085d\ufeff\u2028')).toBe(
    'a<U+200B>b<U+2066>c<U+0085>d<U+FEFF><U+2028>',
  )
  expect(visible('\u{e0041}\ud800')).toBe('<U+E0041><U+D800>')
})

test('other text stays as it is, in every script', () => {
  for (const text of ['node server.js --x="1"', 'Grüße', 'שלום', 'مرحبا', '日本語', '🚀', '']) {
    expect(visible(text)).toBe(text)
  }
})
