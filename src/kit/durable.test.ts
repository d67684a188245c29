import { expect, test } from 'bun:test'
import { makeFilesDurable, makeFoldersDurable } from './durable.ts'

const never = new AbortController().signal

test('what cannot be made durable is named', async () => {
  const files = makeFilesDurable([import.meta.path, '/nowhere/file'], never)
  await expect(files).rejects.toThrow('Cannot make /nowhere/file durable, as --fsync wants it')
  await expect(makeFoldersDurable(['/nowhere'])).rejects.toThrow('Cannot make /nowhere durable')
})

test('folders of file systems that know no such thing are passed over, files are not', async () => {
  await makeFoldersDurable([import.meta.dir, '/proc'])
  await expect(makeFilesDurable(['/proc/version'], never)).rejects.toThrow('/proc/version')
})

test('it ends when it is told to', async () => {
  await expect(makeFilesDurable([import.meta.path], AbortSignal.abort())).rejects.toThrow()
})
