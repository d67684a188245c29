import { expect, test } from 'bun:test'
import { runChild } from '#test/fixtures/child.ts'
import { cleanEnvironment } from '#test/fixtures/environment.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { makeSiteRepository, theirRepository } from './site-repository.ts'

test('the printed line can be pasted, again and again, also where the path has a space', async () => {
  await using folder = temporaryFolder("it's here")
  const env = cleanEnvironment({ HOME: folder.path })
  const repository = await makeSiteRepository({ folder: folder.path, env })
  const page = (): Promise<string> =>
    runChild(['git', '--git-dir', repository.shown, 'show', 'main:index.html'], { env })
  const before = await page()
  for (let time = 0; time < 2; time++) {
    await runChild(['sh', '-c', repository.howToChange], { env })
  }
  const added = (await page()).slice(before.length).trim().split('\n')
  expect(added).toHaveLength(2)
  expect(added[0]).toMatch(/^<p>Hello at \d\d:\d\d:\d\d$/)
})

test('the password of a repository is never shown', () => {
  expect(theirRepository('https://ann:secret@host/x.git').shown).toBe('https://host/x.git')
  expect(theirRepository('https://ann:secret@host/x.git').url).toContain('secret')
  expect(theirRepository('git@host:x.git').shown).toBe('git@host:x.git')
})
