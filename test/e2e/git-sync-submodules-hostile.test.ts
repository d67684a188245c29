import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { syncOnce } from './git-sync-run.ts'
import { expectLikeClone, fromPaths, publishLinks } from './git-sync-submodules-run.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('hostile-submodules')
const sub = await createRepository({ files: { 'sub.txt': 'sub\n' } })
const commit = await sub.resolve()
afterAll(() => Promise.all([sub.remove(), folder.remove()]))

test.each([
  ['a path', sub.path, /transport 'file' not allowed.*protocol\.file\.allow:always/],
  ['a file URL', sub.url, /transport 'file' not allowed/],
  ['a program', `ext::sh -c touch% ${folder.at('ext')}`, /transport 'ext' not allowed/],
  ['an option', `--upload-pack=touch ${folder.at('option')}`, /names no URL/],
  ['a helper of git', 'evil::https://host/x', /transport 'evil' not allowed/],
  ['a way out of the host', '../../../../../../../x', /leads out of/],
])('a submodule whose URL is %s is refused, and nothing runs', async (_what, url, said) => {
  await using site = await createRepository()
  await publishLinks(site, { sub: { url, commit } })
  const root = folder.at(crypto.randomUUID())
  const { code, errors } = await syncOnce({ repo: site.url, root })
  expect(code).toBe(1)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatch(said)
  expect(existsSync(folder.at('ext'))).toBe(false)
  expect(existsSync(folder.at('option'))).toBe(false)
})

test('the path of a submodule may be of any letters', async () => {
  await using site = await createRepository()
  const link = { url: sub.url, commit }
  await publishLinks(site, {
    'new\nline': { ...link, name: 'a' },
    '"quotes" and \\ \'others\'': { ...link, name: 'b' },
    'ümläut/中文/🙂': { ...link, name: 'c' },
    ' spaces ': { ...link, name: 'd' },
    '$(touch x)': { ...link, name: 'e' },
    [`${'long'.repeat(50)}/${'way'.repeat(70)}`]: { ...link, name: 'f' },
  })
  const root = folder.at('letters')
  const { code, errors } = await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await expectLikeClone(`${root}/site`, site)
})

test('the name of a submodule makes no path of ours', async () => {
  await using site = await createRepository()
  const root = folder.at('names')
  await publishLinks(site, { sub: { url: sub.url, commit, name: '../../hooks' } })
  const failed = await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  expect(failed.errors.join()).toMatch(/names no URL/)
  await publishLinks(site, { sub: { url: sub.url, commit, name: 'hooks/post-checkout' } })
  await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  await expectLikeClone(`${root}/site`, site)
  expect(await readdir(`${root}/.git/modules`)).toEqual([expect.stringMatching(/^[\da-f]{32}-1$/)])
})

test('submodules in submodules in submodules without end are refused', async () => {
  await using endless = await createRepository()
  let below = await endless.resolve()
  for (let level = 0; level < 34; level++) {
    below = await publishLinks(endless, { n: { url: endless.url, commit: below } })
  }
  const root = folder.at('endless')
  const { code, errors } = await syncOnce({ repo: endless.url, root, flags: [fromPaths] })
  expect(code).toBe(1)
  expect(errors.join()).toMatch(/below 32 others.*--submodules=shallow/)
  const flags = [fromPaths, '--submodules=shallow']
  expect(await syncOnce({ repo: endless.url, root, flags })).toMatchObject({ code: 0 })
})

test('a .gitmodules that is none is told as such', async () => {
  await using site = await createRepository()
  await publishLinks(site, { sub: { url: sub.url, commit } }, { '.gitmodules': '[submodule "x\n' })
  const { errors } = await syncOnce({
    repo: site.url,
    root: folder.at('broken'),
    flags: [fromPaths],
  })
  expect(errors.join()).toMatch(/Cannot read \.gitmodules: git failed: .*bad config line 1/)
})

test('files of a submodule are no settings and no hooks of ours', async () => {
  await using site = await createRepository()
  await using evil = await createRepository({
    files: {
      '.gitattributes': '* filter=evil\n',
      '.gitconfig': `[filter "evil"]\nsmudge = touch ${folder.at('filtered')}\n`,
      'hooks/post-checkout': { executable: `#!/bin/sh\ntouch ${folder.at('hooked')}\n` },
      text: 'text\n',
    },
  })
  await publishLinks(site, { sub: { url: evil.url, commit: await evil.resolve() } })
  const root = folder.at('files')
  expect(await syncOnce({ repo: site.url, root, flags: [fromPaths] })).toMatchObject({ code: 0 })
  expect(await readFile(`${root}/site/sub/text`, 'utf8')).toBe('text\n')
  expect(existsSync(folder.at('filtered')) || existsSync(folder.at('hooked'))).toBe(false)
})
