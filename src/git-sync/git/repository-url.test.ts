import { expect, test } from 'bun:test'
import { lastPartOf, splitRepositoryUrl } from './repository-url.ts'

test('user and password leave an http URL, decoded', () => {
  expect(splitRepositoryUrl('https://ann:p%40ss%2Fword@host:8443/a/b.git')).toEqual({
    url: 'https://host:8443/a/b.git',
    username: 'ann',
    password: 'p@ss/word',
  })
  expect(splitRepositoryUrl('HTTP://token@host')).toEqual({
    url: 'HTTP://host',
    username: 'token',
    password: null,
  })
  expect(splitRepositoryUrl('https://ann:100%@host/x').password).toBe('100%')
  expect(splitRepositoryUrl('https://ann:p@ss@host/x')).toEqual({
    url: 'https://host/x',
    username: 'ann',
    password: 'p@ss',
  })
})

test('an @ in the path, ssh, scp-like names and paths are left as they are', () => {
  for (const url of [
    'https://host/@scope/x.git',
    'https://host/a:b@c',
    'ssh://git@host:22/x.git',
    'git@host:x.git',
    '/srv/a@b.git',
    'file:///srv/x.git',
  ]) {
    expect(splitRepositoryUrl(url)).toEqual({ url, username: null, password: null })
  }
})

test('the last part keeps its ending and loses slashes behind it', () => {
  expect(lastPartOf('https://host/a/site.git//')).toBe('site.git')
  expect(lastPartOf('git@host:site')).toBe('git@host:site')
  expect(lastPartOf('/')).toBe('')
})
