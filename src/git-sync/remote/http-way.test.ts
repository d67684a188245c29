import { expect, test } from 'bun:test'
import type { Setting } from '#git-sync/git/git-config.ts'
import { httpWay, NotModelled } from './http-way.ts'

const url = new URL('https://host/site/')

function way(settings: readonly Setting[], env: Record<string, string> = {}) {
  return httpWay(url, { settings, env })
}

test('what git is told about http is done here too', () => {
  expect(
    way([
      ['http.extraHeader', 'X-One: 1'],
      ['http.extraHeader', ''],
      ['HTTP.extraheader', 'X-Two:  a b'],
      ['http.proxy', 'http://proxy:3128'],
      ['http.sslCAInfo', '/ca.pem'],
      ['http.sslVerify', 'no'],
      ['http.cookieFile', '/cookies'],
      ['http.userAgent', 'me'],
    ]),
  ).toEqual({
    headers: [['X-Two', 'a b']],
    proxy: 'http://proxy:3128/',
    authorities: '/ca.pem',
    checksCertificate: false,
    cookieFile: '/cookies',
    userAgent: 'me',
  })
})

test('variables win over settings', () => {
  const env = { GIT_SSL_CAINFO: '/env.pem', GIT_SSL_NO_VERIFY: '', GIT_HTTP_USER_AGENT: 'env' }
  expect(way([['http.sslCAInfo', '/ca.pem']], env)).toMatchObject({
    authorities: '/env.pem',
    checksCertificate: false,
    userAgent: 'env',
  })
})

test('what decides nothing about the answer is passed over', () => {
  const settings: Setting[] = [
    ['core.autocrlf', 'true'],
    ['http.postBuffer', '1'],
    ['protocol.file.allow', 'always'],
    ['user.name', 'x'],
  ]
  expect(way(settings, { GIT_SSH_COMMAND: 'ssh', PATH: '/bin' })).toEqual(way([]))
})

test('anything else is left to git, named without a login', () => {
  for (const [key, value] of [
    ['http.https://ann:secret@host/.proxy', 'x'],
    ['http.sslCert', '/x'],
    ['http.followRedirects', 'false'],
    ['http.sslVerify', 'perhaps'],
    ['http.extraHeader', 'no header'],
    ['url.https://other/.insteadOf', 'https://host/'],
    ['credential.helper', 'store'],
    ['protocol.version', '0'],
    ['protocol.https.allow', 'never'],
    ['includeIf.x.path', 'y'],
    ['transfer.hideRefs', 'x'],
    ['remote.https://host/site.url', 'https://other/'],
    ['remote.https://host/site.proxy', 'http://other'],
    ['http.sslCAInfo', '~/ca.pem'],
    ['http.cookieFile', 'cookies'],
  ] as const) {
    const fault = ((): unknown => {
      try {
        return way([[key, value]])
      } catch (error) {
        return error
      }
    })()
    expect(fault).toBeInstanceOf(NotModelled)
    expect(String(fault)).not.toContain('secret')
  }
  for (const name of ['GIT_SSL_CERT', 'GIT_PROTOCOL', 'GIT_ALLOW_PROTOCOL', 'GIT_EXEC_PATH']) {
    expect(() => way([], { [name]: 'x' })).toThrow(`$${name}`)
  }
})
