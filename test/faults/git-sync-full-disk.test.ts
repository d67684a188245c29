import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, statfs, writeFile } from 'node:fs/promises'
import {
  errorsOf,
  expectServes,
  fingerprint,
  startGitSync,
  syncOnce,
  untilPublished,
} from '#test/e2e/git-sync-run.ts'
import {
  expectLikeClone,
  fromPaths,
  publishLinks,
  storesOf,
} from '#test/e2e/git-sync-submodules-run.ts'
import { runChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'

setDefaultTimeout(60_000)

const { test } = needs('root')
const folder = temporaryFolder('full-disk')
afterAll(() => folder.remove())

interface Volume extends AsyncDisposable {
  readonly path: string
  grow(): Promise<void>
  freeBytes(): Promise<number>
}

async function smallVolume(name: string, size: string): Promise<Volume> {
  const path = folder.at(name)
  await mkdir(path)
  await runChild(['mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path])
  return {
    path,
    grow: async () => void (await runChild(['mount', '-o', 'remount,size=40m', path])),
    async freeBytes() {
      const { bavail, bsize } = await statfs(path)
      return bavail * bsize
    },
    [Symbol.asyncDispose]: async () => void (await runChild(['umount', '--lazy', path])),
  }
}

/** What no packing makes smaller. */
function noise(bytes: number): Uint8Array {
  return new Uint8Array(randomBytes(bytes))
}

/** Commits that fail at different steps: the pack does not fit; the pack fits, the files do not. */
const tooLarge: readonly (readonly [what: string, files: Record<string, Uint8Array>])[] = [
  ['a pack', { 'large.bin': noise(4_000_000) }],
  [
    'one of many objects',
    Object.fromEntries(Array.from({ length: 300 }, (_, file) => [`f${file}`, noise(16_000)])),
  ],
  ['the files of a pack that fits', { 'even.txt': new TextEncoder().encode('even\n'.repeat(2e6)) }],
]

for (const [what, files] of tooLarge) {
  test(`${what} does not fit: what is served stays, one error says why, and room heals it`, async () => {
    await using volume = await smallVolume(`small-${what.length}`, '3m')
    await using repository = await createRepository({ files: { 'index.html': 'one\n' } })
    const root = `${volume.path}/root`
    const link = `${root}/site`
    const first = await repository.resolve()
    await using sidecar = startGitSync({ repo: repository.url, root })
    await untilPublished(link, first)
    const before = fingerprint(link)
    const free = await volume.freeBytes()
    const second = await repository.publish(files)
    await sidecar.line('"failures":3')
    for (const [index, line] of errorsOf(sidecar).entries()) {
      expect(JSON.parse(line)).toMatchObject({ msg: 'sync failed', failures: index + 1 })
      expect(line).toMatch(/the volume (is|may be) full: make it larger/)
    }
    expect(fingerprint(link)).toEqual(before)
    await expectServes(link, repository, first)
    // a volume that tries have filled has no room for anybody: at most the pack that did fit stays
    await until(async () => ((await volume.freeBytes()) > free - 200_000 ? true : null), {
      timeoutMs: 4000,
      what: `room on the volume (there were ${free} bytes)`,
    })
    await volume.grow()
    await untilPublished(link, second)
    await expectServes(link, repository, second)
  })
}

test('a tree that is read no more makes room for the one that did not fit beside it', async () => {
  await using volume = await smallVolume('two-trees', '3m')
  // a small pack and a large tree
  const page = (word: string) => ({ 'page.txt': `${word}\n`.repeat(1_150_000 / (word.length + 1)) })
  await using repository = await createRepository({ files: page('one') })
  const root = `${volume.path}/root`
  const link = `${root}/site`
  await using sidecar = startGitSync({ repo: repository.url, root })
  await untilPublished(link, await repository.resolve())
  const second = await repository.publish(page('two'))
  await untilPublished(link, second)
  const third = await repository.publish(page('three'))
  await sidecar.line('"failures":2')
  await expectServes(link, repository, second)
  await untilPublished(link, third, 30_000)
  await expectServes(link, repository, third)
  expect((await readdir(`${root}/.worktrees`)).sort()).toEqual([second, third].sort())
})

test('a start on a full volume serves what is there, and goes on once there is room', async () => {
  await using volume = await smallVolume('full', '3m')
  await using repository = await createRepository({ files: { 'index.html': 'one\n' } })
  const root = `${volume.path}/root`
  const link = `${root}/site`
  const first = await repository.resolve()
  await syncOnce({ repo: repository.url, root })
  await writeFile(`${volume.path}/ballast`, noise(4_000_000)).catch(() => {})
  expect(await volume.freeBytes()).toBe(0)
  await using sidecar = startGitSync({
    repo: repository.url,
    root,
    flags: ['--http-bind=127.0.0.1:0', '--error-file=error', '--touch-file=touched'],
  })
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  await until(async () => ((await fetch(`http://${address}/`)).status === 200 ? true : null))
  const second = await repository.publish({ 'index.html': 'two\n' })
  await sidecar.line('"failures":1')
  expect((await fetch(`http://${address}/readyz`)).status).toBe(200)
  await expectServes(link, repository, first)
  await volume.grow()
  await untilPublished(link, second)
  await expectServes(link, repository, second)
  expect((await readdir(root)).filter((name) => name.includes('tmp'))).toEqual([])
})

for (const [what, files] of tooLarge) {
  test(`${what} of a submodule does not fit: what is served stays, and room heals it`, async () => {
    await using volume = await smallVolume(`small-submodule-${what.length}`, '3m')
    await using site = await createRepository({ files: { 'index.html': 'one\n' } })
    await using sub = await createRepository({ files })
    const root = `${volume.path}/root`
    const link = `${root}/site`
    await using sidecar = startGitSync({ repo: site.url, root, flags: [fromPaths] })
    await untilPublished(link, await site.resolve())
    const before = fingerprint(link)
    const free = await volume.freeBytes()
    const second = await publishLinks(site, { sub: { url: sub.url, commit: await sub.resolve() } })
    await sidecar.line('"failures":3')
    for (const line of errorsOf(sidecar)) {
      expect(line).toMatch(/Cannot fill the submodule \\"sub\\".*the volume (is|may be) full/)
    }
    expect(fingerprint(link)).toEqual(before)
    await until(async () => ((await volume.freeBytes()) > free - 200_000 ? true : null), {
      timeoutMs: 20_000,
    })
    await volume.grow()
    await untilPublished(link, second, 30_000)
    await expectLikeClone(link, site)
    expect(storesOf(root)).toHaveLength(1)
  })
}

test('a commit for which the second tree leaves no room is served at once, and no more is made', async () => {
  await using volume = await smallVolume('second-tree', '3m')
  const files = { 'large.bin': noise(800_000), a: '1\n' }
  await using repository = await createRepository({ files })
  const root = `${volume.path}/root`
  const link = `${root}/site`
  const flags = ['--verbose=1', '--git-gc=off', '--spare-grace=100ms']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilPublished(link, await repository.resolve())
  await sidecar.line('a second tree is ready')
  // Attributes make it a new tree: a third one of a size of which three do not fit beside the pack.
  const next = await repository.publish({ '.gitattributes': '* -text\n' })
  await untilPublished(link, next)
  await expectServes(link, repository, next)
  await sidecar.line('no room for a second tree')
  expect(errorsOf(sidecar)).toEqual([])
  const only = (commit: string): Promise<true> =>
    until(async () => (await readdir(`${root}/.worktrees`)).join() === commit || null)
  // A tree in its grace is not taken away for room.
  await only(next)
  const last = await repository.publish({ a: '2\n' })
  await untilPublished(link, last)
  await only(last)
  expect(errorsOf(sidecar)).toEqual([])
})
