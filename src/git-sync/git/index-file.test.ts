import { afterAll, expect, test } from 'bun:test'
import { runChild } from '#test/fixtures/child.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { readGitlinks } from './index-file.ts'

const folder = temporaryFolder('index')
afterAll(() => folder.remove())

const names = ['a', 'deep/er/link', 'long/'.padEnd(4200, 'x'), 'new\nline "quoted"', 'z', 'ümläut']

for (const [version, format, hashBytes] of [
  [2, 'sha1', 20],
  [3, 'sha1', 20],
  [4, 'sha1', 20],
  [2, 'sha256', 32],
  [4, 'sha256', 32],
] as const) {
  test(`the gitlinks of an index of version ${version} with ${format} are found`, async () => {
    const at = folder.at(`${version}-${format}`)
    const git = (...args: readonly string[]) => runChild(['git', '-C', at, ...args])
    await runChild(['git', 'init', '--quiet', `--object-format=${format}`, at])
    const wanted = names.map((path, number) => ({
      path,
      commit: `${number + 1}`.repeat(2 * hashBytes),
    }))
    const empty = (await git('hash-object', '-w', '-t', 'blob', '/dev/null')).trim()
    const lines = wanted.flatMap(({ path, commit }, number) => [
      `160000 ${commit}\t${path}`,
      `100644 ${empty}\t${'file'.padEnd(number + 4, 'o')}`,
    ])
    await Bun.write(`${at}/info`, lines.map((line) => `${line}\0`).join(''))
    await runChild(['sh', '-c', `git -C ${at} update-index -z --index-info <${at}/info`])
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

test('a path that is no UTF-8 is refused, for it would name another folder', async () => {
  const at = folder.at('bytes')
  await runChild(['git', 'init', '--quiet', at])
  const line = Buffer.concat([
    Buffer.from(`160000 ${'1'.repeat(40)}\t`),
    Buffer.from([0x61, 0xff, 0]),
  ])
  await Bun.write(`${at}/info`, line)
  await runChild(['sh', '-c', `git -C ${at} update-index -z --index-info <${at}/info`])
  await expect(readGitlinks(`${at}/.git/index`, { hashBytes: 20 })).rejects.toThrow(/no UTF-8/)
})

test('an index whose entries are elsewhere is refused, not taken for one without submodules', async () => {
  const at = folder.at('split')
  await runChild(['git', 'init', '--quiet', at])
  await Bun.write(`${at}/file`, 'x')
  await runChild(['git', '-C', at, '-c', 'core.splitIndex=true', 'add', 'file'])
  await runChild(['git', '-C', at, 'update-index', '--split-index'])
  await expect(readGitlinks(`${at}/.git/index`, { hashBytes: 20 })).rejects.toThrow(
    /Cannot look for submodules in .*: it is a split one/,
  )
})
