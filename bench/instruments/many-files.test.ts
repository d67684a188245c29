import { expect, test } from 'bun:test'
import { manyFiles } from './many-files.ts'

test('the repository has so many files of 4 KiB, and its commits change so many', async () => {
  await using large = await manyFiles(450, [1, 30])
  const { repository, commits, show } = large
  const git = (...words: readonly string[]) =>
    repository.git('--git-dir', repository.path, ...words)
  const sizes = (await git('ls-tree', '-r', '--format=%(objectsize)', 'HEAD')).split('\n')
  expect({ count: sizes.length, sizes: new Set(sizes) }).toEqual({
    count: 450,
    sizes: new Set(['4096']),
  })
  const [first = '', second = '', third = ''] = commits
  const changed = async (from: string, to: string) =>
    (await git('diff', '--name-only', from, to)).split('\n').length
  expect([await changed(first, second), await changed(second, third)]).toEqual([1, 30])
  expect(await repository.resolve()).toBe(first)
  show(third)
  expect(await repository.resolve()).toBe(third)
})
