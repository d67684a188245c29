import { expect, test } from 'bun:test'
import { chmod } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { sshPlaceOf } from './ssh-place.ts'

const urls = [
  'ssh://git@host.example/group/site.git',
  'ssh://host.example/site',
  'ssh://host.example:2222/site',
  'ssh://me.too+x@10.0.0.1:22/~/site',
  'git+ssh://git@host/site',
  'ssh+git://git@host/site',
  'git@host.example:group/site.git',
  'host_1:site',
  'host:/absolute/site',
]

test('the words are those that git gives to ssh', async () => {
  await using folder = temporaryFolder('place')
  const said = folder.at('said')
  const ssh = folder.at('ssh')
  await Bun.write(ssh, `#!/bin/sh\nprintf '%s\\n' "$@" >${said}\nexit 1\n`)
  await chmod(ssh, 0o755)
  for (const url of urls) {
    const env = { GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh', GIT_PROTOCOL_FROM_USER: '1' }
    await runChild(['git', '-c', 'protocol.version=0', 'ls-remote', url], { env }).catch(() => {})
    const words = (await Bun.file(said).text()).split('\n')
    const place = sshPlaceOf(url)
    const own = place?.port == null ? [] : ['-p', place.port]
    expect({ url, words: [...own, place?.destination] }).toEqual({
      url,
      words: words.slice(0, own.length + 1),
    })
  }
})

test('what is no ssh, or what only git can read, is no place', () => {
  for (const url of [
    'https://host/site',
    'http://host:80/site',
    'git://host/site',
    'file:///srv/site',
    '/srv/site:2',
    './site',
    'helper::ssh://host/site',
    'ssh://[::1]:22/site',
    '[::1]:site',
    'ssh://ho%73t/site',
    'ssh://-oProxyCommand=id/site',
    '-oProxyCommand=id:site',
    'ssh://a b/site',
    '',
  ]) {
    expect({ url, place: sshPlaceOf(url) }).toEqual({ url, place: null })
  }
})
