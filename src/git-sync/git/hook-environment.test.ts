import { expect, test } from 'bun:test'
import { hookEnvironment } from './hook-environment.ts'

test('a hook trusts trees of all users, on top of the settings of git that it is given', () => {
  const given = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'user.name',
    GIT_CONFIG_VALUE_0: 'ann',
  }
  expect(hookEnvironment({ ...given, GITSYNC_PASSWORD: 'secret', PATH: '/bin' })).toEqual({
    ...given,
    PATH: '/bin',
    GIT_CONFIG_KEY_1: 'safe.directory',
    GIT_CONFIG_VALUE_1: '*',
    GIT_CONFIG_COUNT: '2',
  })
})
