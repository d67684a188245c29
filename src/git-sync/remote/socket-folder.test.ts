import { afterAll, expect, test } from 'bun:test'
import { lstatSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { shortFolder } from '#test/fixtures/temp.ts'
import { isPrivate, makeSocketFolder, socketPlace } from './socket-folder.ts'

const folder = shortFolder()
afterAll(() => folder.remove())

const uid = process.getuid?.() ?? 0
const nowMs = Date.now()
const options = { root: '/nowhere', uid, nowMs }
const parent = (name: string): string => {
  mkdirSync(folder.at(name), { recursive: true })
  return folder.at(name)
}

test('the folder is for its user alone, and short enough for the sockets of ssh', () => {
  const made = makeSocketFolder(parent('tmp'), uid)
  const { mode } = lstatSync(made)
  expect(mode & 0o777).toBe(0o700)
  expect(isPrivate(made, uid)).toBe(true)
  // `/`, ssh's name for it, what ssh puts behind it, NUL; sun_path has 108 bytes.
  expect(made.length + 1 + 40 + 17 + 1).toBeLessThanOrEqual(108)
  expect(() => makeSocketFolder(parent('a-name-with-too-many-letters'), uid)).toThrow('long')
  expect(readdirSync(parent('a-name-with-too-many-letters'))).toEqual([])
})

test('a place that does is known by its real name, and nothing is left in any', () => {
  writeFileSync(folder.at('file'), '')
  symlinkSync(parent('real'), folder.at('link'))
  const long = parent('a-name-with-too-many-letters')
  const real = folder.at('real')
  expect(socketPlace({ ...options, parent: folder.at('link') })).toBe(real)
  for (const unfit of ['', 'relative', '/nowhere', folder.at('file'), '/proc', long, parent('a b')])
    expect(socketPlace({ ...options, parent: unfit })).toBeNull()
  expect([...readdirSync(long), ...readdirSync(real)]).toEqual([])
})

test('no place in the root, by whatever name', () => {
  const root = parent('root')
  symlinkSync(parent('root/tmp'), folder.at('in'))
  for (const within of [root, `${root}/tmp`, folder.at('in')])
    expect(socketPlace({ ...options, root, parent: within })).toBeNull()
  expect(socketPlace({ ...options, root: folder.at('roo'), parent: root })).toBe(root)
})

test("a folder that others may look into, another user's, a link and a file are not private", () => {
  const open = parent('open')
  expect(isPrivate(open, uid)).toBe(false)
  const own = makeSocketFolder(parent('tmp'), uid)
  expect(isPrivate(own, uid + 1)).toBe(false)
  symlinkSync(own, folder.at('to-own'))
  expect(isPrivate(folder.at('to-own'), uid)).toBe(false)
  expect(isPrivate(folder.at('nothing'), uid)).toBe(false)
})

test('what a killed one left is removed, and nothing that may be in use', () => {
  const place = parent('left')
  const [old, used, young] = ['old', 'used', 'new'].map(() => makeSocketFolder(place, uid))
  mkdirSync(`${place}/of-others`)
  writeFileSync(`${used}/socket`, '')
  const hourAgo = nowMs / 1000 - 3600
  for (const path of [old, used, `${place}/of-others`]) utimesSync(path ?? '', hourAgo, hourAgo)
  expect(socketPlace({ ...options, parent: place })).toBe(place)
  const kept = [used, young, `${place}/of-others`].sort()
  expect(
    readdirSync(place)
      .map((name) => `${place}/${name}`)
      .sort(),
  ).toEqual(kept as string[])
})
