import { expect, test } from 'bun:test'
import { rename, symlink } from 'node:fs/promises'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { watchFlip } from './flip.ts'

test('a flip is seen when the link names the commit, and not before', async () => {
  await using folder = temporaryFolder('flip')
  await symlink('trees/one', folder.at('site'))
  const flip = watchFlip(folder.at('site'), 'two', 10_000)
  let seen = false
  flip.atMs.then(() => {
    seen = true
  })
  await symlink('trees/two', folder.at('next'))
  await Bun.sleep(50)
  expect(seen).toBe(false)
  const beforeMs = performance.now()
  await rename(folder.at('next'), folder.at('site'))
  expect(await flip.atMs).toBeGreaterThanOrEqual(beforeMs)
})

test('a link that stays is given up at the deadline', async () => {
  await using folder = temporaryFolder('flip')
  await symlink('trees/one', folder.at('site'))
  const flip = watchFlip(folder.at('site'), 'two', 20)
  await expect(flip.atMs).rejects.toThrow('flip to two: it did not in 0.02 s')
})
