import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readdir, realpath, utimes, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { type GitHttp, startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import {
  errorsOf,
  expectServes,
  fingerprint,
  inTree,
  pathsBelow,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'
import { rootOfVersion3, rootOfVersion4 } from './predecessor-roots.ts'

setDefaultTimeout(30_000)

const http = needs('nginx', 'fcgiwrap')
const folder = temporaryFolder('upgrade')
afterAll(() => folder.remove())

/** Nothing makes it smaller: who sends it sends this much. */
const largeBytes = 400_000

const patterns = folder.at('patterns')
await writeFile(patterns, '/index.html\n/large\n')

interface Predecessor {
  readonly name: string
  readonly build: (own: Repository, at: { root: string; url: string }) => Promise<void>
  readonly flags: readonly string[]
  /** True when its tree stands where ours do, so that it can stay. */
  readonly stays: boolean
  readonly files?: readonly string[]
}

const predecessors: readonly Predecessor[] = [
  {
    name: 'version 3',
    build: (own, at) => rootOfVersion3(own, { ...at, prefix: '' }),
    flags: [],
    stays: false,
  },
  {
    name: 'early version 3',
    build: (own, at) => rootOfVersion3(own, { ...at, prefix: 'rev-' }),
    flags: ['--depth=0'],
    stays: false,
  },
  { name: 'version 4', build: (own, at) => rootOfVersion4(own, at), flags: [], stays: true },
  {
    name: 'version 4 with a filter and patterns',
    build: (own, at) => rootOfVersion4(own, { ...at, filter: 'blob:none', sparse: patterns }),
    flags: ['--filter=blob:none', `--sparse-checkout-file=${patterns}`],
    stays: true,
    files: ['index.html', 'large'],
  },
]

async function repositoryWithMuch(): Promise<Repository> {
  const large = randomBytes(largeBytes)
  const own = await createRepository({ files: { 'index.html': 'old\n', large, other: 'x\n' } })
  await own.tag('v1')
  await own.git('--git-dir', own.path, 'config', 'uploadpack.allowFilter', 'true')
  return own
}

/** Reads without a pause, until it is told to end; gives what it read, in order. */
function startReader(path: string): () => Promise<readonly string[]> {
  const seen: string[] = []
  let reads = true
  const done = (async () => {
    for (; reads; await Bun.sleep(0)) {
      const text = readFileSync(path, 'utf8')
      if (seen.at(-1) !== text) seen.push(text)
    }
  })()
  return async () => {
    reads = false
    await done
    return seen
  }
}

async function sentBytes(server: GitHttp, since: number): Promise<number> {
  const requests = (await server.requests()).slice(since)
  return requests.reduce((sum, request) => sum + request.sentBytes, 0)
}

for (const { name, build, flags, stays, files } of predecessors) {
  describe(`a root of ${name}`, () => {
    const setUp = async (own: Repository, server: GitHttp) => {
      const root = folder.at(`root-${crypto.randomUUID()}`)
      await build(own, { root, url: server.url })
      return { root, link: `${root}/site`, since: (await server.requests()).length }
    }

    async function expectTree(link: string, own: Repository): Promise<void> {
      if (files === undefined) return expectServes(link, own, await own.resolve())
      expect(pathsBelow(link).sort()).toEqual([...files])
      expect(await inTree(link, own, 'rev-parse', 'HEAD')).toBe(`${await own.resolve()}\n`)
    }

    http.test('whose commit is the newest is taken over, and nothing is sent again', async () => {
      await using own = await repositoryWithMuch()
      await using server = await startGitHttp(own)
      const { root, link, since } = await setUp(own, server)
      const before = fingerprint(link)
      const reader = startReader(`${link}/index.html`)
      const once = await syncOnce({ repo: server.url, root, flags })
      expect(once).toMatchObject({ code: 0, errors: [] })
      expect(await reader()).toEqual(['old\n'])
      await expectTree(link, own)
      if (stays) expect(fingerprint(link)).toEqual(before)
      expect(await sentBytes(server, since)).toBeLessThan(largeBytes / 10)
      expect(await inTree(link, own, 'status', '--porcelain')).toBe('')
    })

    http.test('goes on to the next commit without a gap, and only that is sent', async () => {
      await using own = await repositoryWithMuch()
      await using server = await startGitHttp(own)
      const { root, link, since } = await setUp(own, server)
      const next = await own.publish({ 'index.html': 'new\n' })
      const old = await realpath(link)
      await utimes(old, 1, 1)
      const reader = startReader(`${link}/index.html`)
      await using sidecar = startGitSync({ repo: server.url, root, flags })
      await untilPublished(link, next)
      // for readers that hold it open
      expect(existsSync(`${old}/index.html`)).toBe(true)
      await expectTree(link, own)
      expect(await reader()).toEqual(['old\n', 'new\n'])
      expect(errorsOf(sidecar)).toEqual([])
      expect(await sentBytes(server, since)).toBeLessThan(largeBytes / 10)
    })

    http.test('keeps nothing of what only it needed', async () => {
      await using own = await repositoryWithMuch()
      await using server = await startGitHttp(own)
      const { root, link } = await setUp(own, server)
      const old = await own.resolve()
      const next = await own.publish({ 'index.html': 'new\n' })
      expect(
        await syncOnce({ repo: server.url, root, flags: [...flags, '--depth=1'] }),
      ).toMatchObject({
        code: 0,
        errors: [],
      })
      const git = (...args: readonly string[]) =>
        runChild(['git', '-C', root, ...args], { env: own.env })
      expect(await readdir(`${root}/.worktrees`)).toEqual([next])
      expect((await readdir(root)).filter((entry) => entry.includes(old))).toEqual([])
      expect((await git('worktree', 'list')).trim().split('\n')).toHaveLength(2)
      expect(await git('for-each-ref', '--format=%(refname)')).toMatch(/^(refs\/sync\/\w+\n)+$/)
      expect(await git('count-objects', '-v')).toContain('packs: 1\n')
      // git prunes nothing of what a filter let in
      if (files === undefined) {
        expect(await git('cat-file', '-t', old).catch(() => 'gone')).toBe('gone')
      }
      expect(await inTree(link, own, 'fsck', '--connectivity-only', '--no-dangling')).toBe('')
    })
  })
}

test('what of a root of version 3 is not its own stays', async () => {
  await using own = await repositoryWithMuch()
  const root = folder.at('strangers')
  await rootOfVersion3(own, { root, prefix: '' })
  const stranger = `${root}/${'1'.repeat(40)}`
  await own.git('worktree', 'add', '--detach', stranger)
  await writeFile(`${root}/${'2'.repeat(40)}`, 'a file\n')
  await own.publish({ 'index.html': 'new\n' })
  expect(await syncOnce({ repo: own.url, root })).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, own, await own.resolve())
  const left = (await readdir(root)).filter((name) => name.length === 40)
  expect(left.sort()).toEqual(['1'.repeat(40), '2'.repeat(40)])
})

test('a root of version 3 is served while the host is away, from its own place at first', async () => {
  await using own = await repositoryWithMuch()
  const root = folder.at('away')
  const link = `${root}/site`
  await rootOfVersion3(own, { root, prefix: 'rev-' })
  const reader = startReader(`${link}/index.html`)
  const flags = ['--http-bind=127.0.0.1:0']
  await using sidecar = startGitSync({ repo: `${own.url}-away`, root, flags })
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  await sidecar.line('"failures":2')
  expect((await fetch(`http://${address}/readyz`)).status).toBe(200)
  expect(sidecar.running).toBe(true)
  expect(await reader()).toEqual(['old\n'])
  await expectServes(link, own, await own.resolve())
})

test('a clone that nobody published from keeps its branches', async () => {
  await using own = await repositoryWithMuch()
  const root = folder.at('clone')
  await own.git('clone', '--quiet', own.url, root)
  await own.git('-C', root, 'branch', 'precious')
  expect(await syncOnce({ repo: own.url, root })).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, own, await own.resolve())
  const refs = await own.git('-C', root, 'for-each-ref', '--format=%(refname)')
  expect(refs).toContain('refs/heads/precious')
})
