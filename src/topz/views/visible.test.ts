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
  expect(visible('a\u3164b\u00a0c\u2800d\ufe0fe\u034f')).toBe(
    'a<U+3164>b<U+00A0>c<U+2800>d<U+FE0F>e<U+034F>',
  )
})

test('accents do not climb into other lines', () => {
  expect(visible(`e${'\u0301'.repeat(6)}`)).toBe(`e${'\u0301'.repeat(4)}<U+0301><U+0301>`)
})

test('other text stays as it is, in every script', () => {
  for (const text of ['node server.js --x="1"', 'Grüße', 'שלום', 'مرحبا', '日本語', '🚀', '']) {
    expect(visible(text)).toBe(text)
  }
})
