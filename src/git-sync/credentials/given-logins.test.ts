import { expect, test } from 'bun:test'
import { readGivenLogins, wrongInGivenLogins } from './given-logins.ts'

const none = { url: '', username: '', password: '', passwordFile: '' }

test('an object, a list of objects and nothing are logins', () => {
  expect(readGivenLogins('{"url":"https://a","username":"u","password":"p"}')).toEqual([
    { url: 'https://a', username: 'u', password: 'p', passwordFile: '' },
  ])
  expect(readGivenLogins(' [{"url":"a"},{"password-file":"/p"}]\n')).toEqual([
    { ...none, url: 'a' },
    { ...none, passwordFile: '/p' },
  ])
  for (const text of ['', ' \n', '[]']) expect(readGivenLogins(text)).toEqual([])
})

test('the case of a name does not count, and null is not there', () => {
  expect(readGivenLogins('{"URL":"a","Password-File":"/p","password":null}')).toEqual([
    { ...none, url: 'a', passwordFile: '/p' },
  ])
})

test('what is no login is told without the secret that may stand in it', () => {
  const wrong = {
    'hunter2 {': /no JSON/,
    '{"password":"hunter2"': /no JSON/,
    '"hunter2"': /object or a list/,
    '[["hunter2"]]': /object or a list/,
    null: /object or a list/,
    '{"url":"a","user":"hunter2"}': /unknown field "user"; there are url, username, password, pass/,
    '{"__proto__":"hunter2"}': /unknown field "__proto__"/,
    '{"password":[2]}': /a password that is no text/,
  }
  for (const [text, message] of Object.entries(wrong)) {
    expect(wrongInGivenLogins(text)).toMatch(message)
    expect(wrongInGivenLogins(text)).not.toContain('hunter2')
  }
  expect(wrongInGivenLogins('{"url":"a"}')).toBeNull()
})
