import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitIn } from './git-for-tests.ts'
import { baseUrl, resolveSubmoduleUrl } from './submodule-url.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidecars-urls-'))
afterAll(() => rm(folder, { recursive: true }))

const cases: readonly (readonly [base: string, url: string, resolved: string])[] = [
  ['https://host/group/site.git', '../sub.git', 'https://host/group/sub.git'],
  ['https://host/group/site.git', '../../other/sub.git', 'https://host/other/sub.git'],
  ['https://host/group/site.git/', '../sub.git/', 'https://host/group/sub.git'],
  ['https://host/group/site.git', './sub', 'https://host/group/site.git/sub'],
  ['https://host/group/site.git', './.././../x', 'https://host/x'],
  ['https://host/group/site.git', 'https://else/sub', 'https://else/sub'],
  ['ssh://git@host:22/group/site.git', '../sub.git', 'ssh://git@host:22/group/sub.git'],
  ['git@host:group/site.git', '../sub.git', 'git@host:group/sub.git'],
  ['git@host:group/site.git', '../../sub.git', 'git@host:sub.git'],
  ['git@host:site.git', '../sub.git', 'git@host:sub.git'],
  ['git@host:site.git', './sub.git', 'git@host:site.git/sub.git'],
  ['/srv/git/site.git', '../sub.git', '/srv/git/sub.git'],
  ['file:///srv/site.git', '../sub.git', 'file:///srv/sub.git'],
  ['https://host/site.git', 'a/../b', 'a/../b'],
]

for (const [number, [base, url, resolved]] of cases.entries()) {
  test(`${url} in ${base} is ${resolved}, as git resolves it`, async () => {
    expect(resolveSubmoduleUrl(url, base)).toBe(resolved)
    const at = join(folder, `repository-${number}`)
    await mkdir(at)
    const git = (...args: readonly string[]) => gitIn(at, ...args)
    await git('init', '--quiet')
    await git('remote', 'add', 'origin', base)
    await git('config', '--file', '.gitmodules', 'submodule.x.path', 'x')
    await git('config', '--file', '.gitmodules', 'submodule.x.url', url)
    await git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},x`)
    await git('submodule', '--quiet', 'init')
    expect((await git('config', 'submodule.x.url')).trim()).toBe(resolved)
  })
}

test.each([
  ['../../../evil', 'https://host/site.git'],
  ['../../:evil.example/x', 'https://host/site.git'],
  ['../../x', 'git@host:site.git'],
  ['../../../../x', 'file:///srv/site.git'],
])('%s in %s leads out of the host and is refused', (url, base) => {
  expect(() => resolveSubmoduleUrl(url, base)).toThrow(/leads out of/)
})

test('a URL that leads out of its host is told without the login of the repository around it', () => {
  const resolve = () => resolveSubmoduleUrl('../../x', 'https://ann:secret@host/site.git')
  expect(resolve).toThrow('its URL ../../x leads out of https://host/site.git')
})

test('a repository by a relative path is one below the folder in which git looks for it', () => {
  expect(baseUrl('../site.git', '/git/root')).toBe('/git/site.git')
  expect(baseUrl('host:site.git', '/git/root')).toBe('host:site.git')
})
