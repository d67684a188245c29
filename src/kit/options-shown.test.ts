import { expect, test } from 'bun:test'
import { defineOptions } from './options.ts'
import { secretTexts, shownOptions } from './options-shown.ts'

const table = defineOptions({
  program: 'demo',
  summary: 'shows options',
  dialect: 'pflag',
  options: {
    period: { flag: 'period', kind: 'duration', default: 10_000, help: 'Pause' },
    word: { flag: 'password', envOnly: true, kind: 'string', default: '', help: '', secret: true },
    oldWord: { flag: 'old-password', kind: 'string', default: '', help: '', secret: true },
    from: {
      flag: 'from',
      kind: 'string',
      default: '',
      help: '',
      shown: (url: string) => url.replace(/\/\/.*@/, '//'),
    },
    logins: { flag: 'login', kind: 'strings', default: [], help: '', secret: true },
    quiet: { flag: 'quiet', kind: 'bool', default: false, help: '' },
  },
})

test('what somebody set is shown by flag, as a person writes it, and secrets are marks', () => {
  const values = {
    period: 90_000,
    word: 'hunter2',
    oldWord: 'hunter3',
    from: 'http://a:b@h/x',
    quiet: false,
    logins: [],
  }
  const given = new Set(['from', 'oldWord', 'period', 'word'])
  expect(shownOptions(table, { values, given })).toEqual({
    period: '1m30s',
    password: '[redacted]',
    'old-password': '[redacted]',
    from: 'http://h/x',
  })
})

test('the values of secret options are known, to be masked wherever they turn up', () => {
  const values = { word: 'hunter2', oldWord: '', logins: ['a', 'b'], from: 'http://h/', period: 1 }
  expect(secretTexts(table, values)).toEqual(['hunter2', 'a', 'b'])
})
