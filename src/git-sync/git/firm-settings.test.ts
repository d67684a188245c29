import { expect, test } from 'bun:test'
import { overruledKeys } from './firm-settings.ts'

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
