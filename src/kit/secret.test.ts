import { expect, test } from 'bun:test'
import { withoutPasswords, withoutSecrets } from './secret.ts'

test('a password leaves a URL of any scheme, and its user stays', () => {
  for (const scheme of ['https', 'git+ssh', 'x']) {
    const text = `"${scheme}://ann:pa:ss@host/path", and more`
    expect(withoutPasswords(text)).toBe(`"${scheme}://ann:[redacted]@host/path", and more`)
  }
  for (const plain of ['https://host:80/a@b', 'ssh://git@host', 'a: b@c', '://', '']) {
    expect(withoutPasswords(plain)).toBe(plain)
  }
})

test('a secret is masked as it is and percent-encoded', () => {
  expect(withoutSecrets('p w, p%20w', ['p w'])).toBe('[redacted], [redacted]')
})

test('a secret that is no whole text masks nothing, and what else is secret stays so', () => {
  expect(withoutSecrets('a word', ['\ud800abc', 'word'])).toBe('a [redacted]')
})

test('of secrets that begin alike nothing is left, and those of two letters mask nothing', () => {
  expect(withoutSecrets('old and old-new', ['old', 'old-new', 'an'])).toBe(
    '[redacted] and [redacted]',
  )
})

test('a long word is looked through once: what a program says holds nobody up', () => {
  for (const part of ['x', 'a.', 'x://', 'x://u:', 'x://u:p@']) {
    const text = part.repeat((1 << 20) / part.length)
    expect(withoutSecrets(text, []).length).toBeGreaterThan(0)
  }
})
