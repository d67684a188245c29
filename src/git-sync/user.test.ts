import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addUser } from './user.ts'

const folder = await mkdtemp(join(tmpdir(), 'user-'))
afterAll(() => rm(folder, { recursive: true }))

const root = 'root:x:0:0:root:/root:/bin/bash\n'
let lists = 0

/** The list of users after one was added to it. */
async function added(list: string, { uid = 4711, home = '/tmp' } = {}): Promise<string> {
  const file = join(folder, `passwd-${lists++}`)
  await writeFile(file, list)
  await addUser({ uid, gid: 815, home, file })
  return readFile(file, 'utf8')
}

test('a uid that the list does not know gets a line', async () => {
  expect(await added(root)).toBe(`${root}git-sync:x:4711:815::/tmp:/sbin/nologin\n`)
  expect(await added('')).toBe('git-sync:x:4711:815::/tmp:/sbin/nologin\n')
  // 4711 as another number
  const other = `${root}x:x:47110:4711::/4711:/bin/sh\n`
  expect(await added(other)).toContain('git-sync:x:4711:')
})

test('a list without a last line end does not lose its last user', async () => {
  const lines = (await added(root.trimEnd())).split('\n')
  expect(lines[0]).toBe(root.trimEnd())
  expect(lines[1]).toStartWith('git-sync:x:4711')
})

test('a uid that is known is left as it is', async () => {
  expect(await added(root, { uid: 0 })).toBe(root)
})

test('what cannot be is one error that names the option', async () => {
  const says = 'Cannot add a user for uid 4711 to '
  await expect(added(root, { home: '/tmp:x' })).rejects.toThrow(says)
  await expect(added(root, { home: '/a\nroot:x:0:0::/:/bin/sh' })).rejects.toThrow('--add-user')
  const file = join(folder, 'nowhere')
  await expect(addUser({ uid: 1, gid: 1, home: '/', file })).rejects.toThrow('--add-user')
})
