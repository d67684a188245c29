import { expect, test } from 'bun:test'
import { noAuth } from './auth.ts'
import { gitEnvironment } from './environment.ts'
import { firmSettings, overruledKeys } from './firm-settings.ts'

test('a setting of ours that has the last word is told when somebody wants another value', () => {
  expect(
    overruledKeys([
      ['Core.HooksPath', '/hooks'],
      ['maintenance.auto', 'false'],
      ['gc.auto', '100'],
      ['http.proxy', 'http://p'],
    ]),
  ).toEqual(['Core.HooksPath'])
})

test('settings of others stand after our defaults, firm ones after them, credentials last', () => {
  const auth = { ...noAuth, config: [['http.cookieFile', '/c']] } as const
  const settings = [['checkout.workers', '3']] as const
  const made = gitEnvironment({}, { root: '/git', auth, settings })
  const keys = Object.entries(made)
    .filter(([name]) => name.startsWith('GIT_CONFIG_KEY_'))
    .map(([, key]) => key)
  const firm = firmSettings.map(([key]) => key)
  expect(keys.indexOf('checkout.workers')).toBeLessThan(keys.lastIndexOf('checkout.workers'))
  expect(keys.slice(keys.lastIndexOf('checkout.workers'))).toEqual([
    'checkout.workers',
    ...firm,
    'http.cookieFile',
  ])
})
