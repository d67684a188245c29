import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitIn, shellIn } from './git-for-tests.ts'
import { readGitlinks } from './index-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidecars-index-'))
afterAll(() => rm(folder, { recursive: true }))

async function repositoryAt(name: string, ...how: readonly string[]): Promise<string> {
  const at = join(folder, name)
  await mkdir(at)
  await gitIn(at, 'init', '--quiet', ...how)
  return at
}

/** Entries as `MODE HASH\tPATH`, each with a NUL. */
async function addEntries(at: string, entries: string | Uint8Array<ArrayBuffer>): Promise<void> {
  await Bun.write(`${at}/entries`, entries)
  await shellIn(at, 'git update-index -z --index-info <entries')
}

const names = [
  'a',
  'deep/er/link',
  'long/'.padEnd(4200, 'x'),
  'new\nline "quoted"',
  'z',
  'ümläut',
  '\uFFFD',
]

for (const [version, format, hashBytes] of [
  [2, 'sha1', 20],
  [3, 'sha1', 20],
  [4, 'sha1', 20],
  [2, 'sha256', 32],
  [4, 'sha256', 32],
] as const) {
  test(`the gitlinks of an index of version ${version} with ${format} are found`, async () => {
    const at = await repositoryAt(`${version}-${format}`, `--object-format=${format}`)
    const git = (...args: readonly string[]) => gitIn(at, ...args)
    const wanted = names.map((path, number) => ({
      path,
      commit: `${number + 1}`.repeat(2 * hashBytes),
    }))
    const empty = (await git('hash-object', '-w', '-t', 'blob', '/dev/null')).trim()
    const lines = wanted.flatMap(({ path, commit }, number) => [
      `160000 ${commit}\t${path}`,
      `100644 ${empty}\t${'file'.padEnd(number + 4, 'o')}`,
    ])
    await addEntries(at, lines.map((line) => `${line}\0`).join(''))
    // an entry that stands for a file to come has the flags of version 3
    await Bun.write(`${at}/later`, 'x')
    if (version === 3) await git('add', '--intent-to-add', 'later')
    else await git('update-index', `--index-version=${version}`)
    const header = Buffer.from(await Bun.file(`${at}/.git/index`).arrayBuffer())
    expect(header.readUInt32BE(4)).toBe(version)
    const found: readonly unknown[] = await readGitlinks(`${at}/.git/index`, { hashBytes })
    expect(found).toEqual(wanted)
  })
}

test('what looks like the mode of a gitlink elsewhere in an index is none', async () => {
  const at = await repositoryAt('alike')
  // Its size, told right after the user's group.
  await Bun.write(`${at}/file`, 'x'.repeat(0o160000))
  await gitIn(at, 'add', 'file')
  expect(await readGitlinks(`${at}/.git/index`, { hashBytes: 20 })).toEqual([])
})

test('a path that is no UTF-8 is refused, for it would name another folder', async () => {
  const at = await repositoryAt('bytes')
  await addEntries(at, Uint8Array.from(Buffer.from(`160000 ${'1'.repeat(40)}\ta\xff\0`, 'latin1')))
  await expect(readGitlinks(`${at}/.git/index`, { hashBytes: 20 })).rejects.toThrow(/no UTF-8/)
})

test('an index whose entries are elsewhere is refused, not taken for one without submodules', async () => {
  const at = await repositoryAt('split')
  await Bun.write(`${at}/file`, 'x')
  await gitIn(at, 'add', 'file')
  await gitIn(at, 'update-index', '--split-index')
  await expect(readGitlinks(`${at}/.git/index`, { hashBytes: 20 })).rejects.toThrow(
    /Cannot look for submodules in .*: it is a split one/,
  )
})
