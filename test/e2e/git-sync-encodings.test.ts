import { expect, test } from 'bun:test'
import { rm } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { syncOnce } from './git-sync-run.ts'

test('files of another encoding have it, however many files are written at a time', async () => {
  const many = Array.from({ length: 400 }, (_, number) => [`d${number % 4}/${number}`, 'x\n'])
  const files = Object.fromEntries(many)
  await using repository = await createRepository({ files })
  // As git stores them: what is committed here is not encoded.
  await Bun.write(`${repository.work}/.git/info/attributes`, '* !working-tree-encoding\n')
  const attributes = '*.txt text working-tree-encoding=UTF-16LE\n'
  await repository.publish({ 'd1/.gitattributes': attributes, 'd1/a.txt': 'one\n' })
  await using folder = temporaryFolder('encodings')
  for (const workers of [[], ['--git-config=checkout.workers:8']]) {
    const root = folder.at('root')
    expect(await syncOnce({ repo: repository.url, root, flags: workers })).toMatchObject({
      code: 0,
    })
    const bytes = Buffer.from(await Bun.file(`${root}/site/d1/a.txt`).bytes())
    expect(bytes.toString('utf16le')).toBe('one\n')
    await rm(root, { recursive: true })
  }
})
