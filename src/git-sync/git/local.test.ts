import { expect, test } from 'bun:test'
import { localOptions, localSettings, promisorOf } from './local.ts'

test('only a repository on this machine is opened whoever owns it', () => {
  for (const url of ['/srv/x.git', './x:y.git', 'file:///srv/x.git', 'FILE:///x']) {
    expect(localOptions(url)).toHaveLength(1)
    expect(localSettings(url)).toHaveLength(1)
  }
  for (const url of ['https://h/x', 'ssh://h/x', 'h:x', 'git@h:a/x.git', 'git://h/x']) {
    expect(localOptions(url)).toEqual([])
    expect(localSettings(url)).toEqual([])
  }
})

test('an absolute path has a URL for what a filter left out', () => {
  expect(promisorOf('/srv/100% x.git')).toBe('file:///srv/100%25%20x.git')
  for (const url of ['./x', 'https://h/x', 'h:x']) expect(promisorOf(url)).toBe(url)
})
