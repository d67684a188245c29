import { expect } from 'bun:test'
import { readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { type Changes, createRepository, type Repository } from '#test/fixtures/repository.ts'
import { startSidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startWebServer } from '#test/fixtures/web.ts'
import { readOverHttp, type Site, snapshot, walkOpenFolders } from './site-readers.ts'

const { test } = needs('nginx', 'fcgiwrap')

/** 2,000 files, 200 of which carry the number of their commit. */
function filesOf(number: number): Record<string, string> {
  const files: Record<string, string> = { 'index.html': `<h1>commit ${number}</h1>\n` }
  for (let at = 0; at < 200; at++) {
    files[`stamped/${at % 10}/file-${at}.txt`] = `stamp ${number} of file ${at}\n`.repeat(20)
  }
  for (let at = 0; at < 1799; at++) {
    files[`plain/${at % 40}/file-${at}.txt`] = `file ${at} of every commit\n`.repeat(10)
  }
  return files
}

/** A folder that each commit makes anew: modes, links, files that come and go, a file that becomes a folder. */
function oddities(number: number): Changes {
  return {
    [`odd/only-in-${number}.txt`]: `${number}\n`,
    'odd/mode.sh': number % 2 === 0 ? '#!/bin/sh\n' : { executable: '#!/bin/sh\n' },
    'odd/link': { link: number % 2 === 0 ? '../index.html' : 'mode.sh' },
    ...(number % 2 === 0
      ? { 'odd/thing': `file ${number}\n` }
      : { 'odd/thing/inside.txt': `${number}\n` }),
  }
}

test('a site of 2,000 files is followed through 20 pushes without one wrong answer', async () => {
  await using repository = await createRepository({ files: { ...filesOf(0), ...oddities(0) } })
  await repository.branch('live', 'HEAD')
  await using host = await startGitHttp(repository)
  await using folder = temporaryFolder('site')
  const root = folder.at('root')
  const link = folder.at('root/html')
  await using sidecar = startSidecar([
    ...['git-sync', `--repo=${host.url}`, '--ref=live', `--root=${root}`, '--link=html'],
    ...['--period=100ms'],
  ])
  await sidecar.line('published')
  await using web = await startWebServer(link)

  // What was pushed, oldest first: a reader may see the newest of them or the one before.
  const first = await checkoutOf(repository, { commit: 'live', folder: folder.at('checkout') })
  const sites: Site[] = [siteOf(first)]
  const stop = new AbortController()
  const random = seeded(7)
  const readers = Promise.all([
    readOverHttp(web.url, { sites, stop: stop.signal, random }),
    walkOpenFolders(link, { sites, stop: stop.signal }),
  ])
  let pushes = 0
  try {
    for (const push of pushesOf(repository)) {
      const commit = await push.commit()
      // Readers must know a commit before it can be served.
      const fresh = await checkoutOf(repository, { commit, folder: folder.at('checkout') })
      sites.push(siteOf(fresh))
      await push.publish(commit)
      pushes++
      await until(() => (basename(readlinkSync(link)) === commit ? true : null), {
        what: `push ${pushes}, ${push.name}`,
      })
      expect(differences(snapshot(link), fresh)).toEqual([])
    }
  } finally {
    stop.abort()
    await readers.catch(() => {})
  }
  const [http, walks] = await readers

  expect(pushes).toBe(20)
  expect(http.wrong).toEqual([])
  expect(walks.wrong).toEqual([])
  expect(http.reads).toBeGreaterThan(200)
  expect(walks.reads).toBeGreaterThan(20)
  expect(await sidecar.stop()).toBe(143)
}, 240_000)

interface Push {
  readonly name: string
  /** Makes the commit, or chooses one, without publishing it; gives its hash. */
  commit(): Promise<string>
  publish(commit: string): Promise<void>
}

/** The branch goes forward and back, is rewritten, deleted and made again; a tag of its name wins. */
function pushesOf(repository: Repository): readonly Push[] {
  let number = 0
  const history: string[] = []
  const next = async (): Promise<string> => {
    number++
    await repository.git('rm', '-r', '--quiet', 'odd')
    const commit = await repository.commit({ ...stamped(number), ...oddities(number) })
    // Objects alone: the branch that is followed moves later.
    await repository.push({ ref: `${commit}:refs/heads/waiting-${number}` })
    history.push(commit)
    return commit
  }
  const forward: Push = {
    name: 'forward',
    commit: next,
    publish: (commit) => repository.branch('live', commit),
  }
  const back: Push = {
    name: 'back',
    commit: async () => history.at(-3) ?? '',
    publish: (commit) => repository.branch('live', commit),
  }
  const rewritten: Push = {
    name: 'force-pushed',
    async commit() {
      await repository.git('checkout', '--quiet', '--detach', history.at(-2) ?? 'HEAD')
      return next()
    },
    publish: (commit) => repository.branch('live', commit),
  }
  const again: Push = {
    name: 'deleted and made again',
    commit: next,
    async publish(commit) {
      await repository.branch('live', null)
      await Bun.sleep(300)
      await repository.branch('live', commit)
    },
  }
  const tagged: Push = {
    name: 'tagged',
    commit: next,
    publish: (commit) => repository.tag('live', { at: commit, message: 'annotated' }),
  }
  const untagged: Push = {
    name: 'tag deleted',
    commit: next,
    async publish(commit) {
      await repository.branch('live', commit)
      await repository.push({ force: true, ref: ':refs/tags/live' })
    },
  }
  return [
    ...[forward, forward, forward, back, forward, rewritten, forward, again, forward],
    ...[
      tagged,
      tagged,
      tagged,
      untagged,
      forward,
      back,
      forward,
      rewritten,
      again,
      forward,
      forward,
    ],
  ]
}

function stamped(number: number): Record<string, string> {
  const files = Object.entries(filesOf(number))
  return Object.fromEntries(files.filter(([path]) => !path.startsWith('plain/')))
}

/** The commit in a fresh checkout by git itself: path to mode and content. */
async function checkoutOf(
  repository: Repository,
  { commit, folder }: { readonly commit: string; readonly folder: string },
): Promise<Map<string, string>> {
  const git = ['git', '-c', 'safe.directory=*', '--git-dir', repository.path]
  await runChild(['mkdir', folder])
  const options = { env: { GIT_INDEX_FILE: `${folder}.index` } }
  const checkout = ['--work-tree', folder, 'checkout', '--force', commit, '--', '.']
  await runChild([...git, ...checkout], options)
  const found = snapshot(folder)
  await runChild(['rm', '-r', folder])
  return found
}

/** Its files as readers see them: without modes and links. */
function siteOf(checkout: Map<string, string>): Site {
  const files = [...checkout].filter(([, entry]) => entry.startsWith('100'))
  return new Map(files.map(([path, entry]) => [path, entry.slice(entry.indexOf(' ') + 1)]))
}

function differences(one: Map<string, string>, other: Map<string, string>): string[] {
  const paths = new Set([...one.keys(), ...other.keys()])
  return [...paths].filter((path) => one.get(path) !== other.get(path))
}

/** The same numbers in each run: Park and Miller's generator. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
}
