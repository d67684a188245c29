import { expect, test } from 'bun:test'
import { localOptions } from './local.ts'

test('only a repository on this machine is opened whoever owns it', () => {
  for (const url of ['/srv/x.git', './x:y.git', 'file:///srv/x.git', 'FILE:///x']) {
    expect(localOptions(url)).toHaveLength(1)
  }
  for (const url of ['https://h/x', 'ssh://h/x', 'h:x', 'git@h:a/x.git', 'git://h/x']) {
    expect(localOptions(url)).toEqual([])
  }
})
