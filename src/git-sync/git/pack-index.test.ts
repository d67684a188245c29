import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitIn, shellIn } from './git-for-tests.ts'
import { openPackIndex } from './pack-index.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidecars-pack-index-'))
afterAll(() => rm(folder, { recursive: true }))

/** A repository in which `count` blobs are in one pack. */
async function packed(count: number, format: 'sha1' | 'sha256'): Promise<string> {
  const at = join(folder, `${format}-${count}`)
  await mkdir(at)
  await gitIn(at, 'init', '--quiet', `--object-format=${format}`)
  for (let number = 0; number < count; number++) writeFileSync(join(at, `${number}`), `${number}`)
  await shellIn(
    at,
    'ls | git hash-object -w --stdin-paths | git pack-objects -q .git/objects/pack/pack',
  )
  return at
}

for (const [count, format] of [
  [1, 'sha1'],
  [200, 'sha1'],
  [200, 'sha256'],
] as const) {
  test(`a pack of ${count} with ${format} has what git finds in it, and nothing else`, async () => {
    const at = await packed(count, format)
    const packs = join(at, '.git/objects/pack')
    const name = (await readdir(packs)).find((file) => file.endsWith('.idx')) ?? ''
    const how = `--object-format=${format}`
    const shown = await shellIn(at, `git show-index ${how} <.git/objects/pack/${name}`)
    const hashes = shown
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
    expect(hashes).toHaveLength(count)
    using pack = openPackIndex(join(packs, name))
    expect(hashes.filter((hash) => !pack.has(hash))).toEqual([])
    const others = [
      ...hashes.map((hash) => hash.slice(0, -1) + (hash.endsWith('0') ? '1' : '0')),
      ...['0', '8', 'f'].map((digit) => digit.repeat(hashes[0]?.length ?? 40)),
    ]
    expect(others.filter((hash) => pack.has(hash))).toEqual([])
  })
}

test('an index of another form has nothing', () => {
  for (const [name, content] of [
    ['short', 'x'],
    ['other', Buffer.alloc(5000, 1)],
  ] as const) {
    const path = join(folder, name)
    writeFileSync(path, content)
    using pack = openPackIndex(path)
    expect(pack.has('1'.repeat(40))).toBe(false)
  }
})
