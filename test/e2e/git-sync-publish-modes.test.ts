import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { lstatSync, readdirSync, watch } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { exchangeAtOnce } from '#kit/rename-exchange.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { seeded } from '#test/fixtures/seeded.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startWebServer } from '#test/fixtures/web.ts'
import { errorsOf, inTree, startGitSync, syncOnce } from './git-sync-run.ts'
import {
  expectFiles,
  expectFresh,
  inodeOf,
  modes,
  untilFresh,
  untilServed,
  untilTold,
} from './publish-run.ts'
import { histories } from './spare-history.ts'

setDefaultTimeout(120_000)

const folder = temporaryFolder('publish')
afterAll(() => folder.remove())
let roots = 0
const newRoot = (): string => folder.at(`root-${roots++}`)
const commits = Number(process.env.PUBLISH_COMMITS ?? 8)
const seed = Number(process.env.PUBLISH_SEED ?? 11)
const quick = ['--spare-grace=100ms', '--period=20ms', '--git-gc=off']

test('each mode serves the same files at --link', async () => {
  const files = {
    ...{ a: '1\n', 'd/b': '1\n', run: { executable: '#!/bin/sh\n' }, l: { link: 'd/b' } },
  }
  await using repository = await createRepository({ files })
  const commit = await repository.resolve()
  const kinds: Record<string, string> = {}
  for (const mode of modes) {
    const root = newRoot()
    const flags = [`--publish=${mode}`]
    expect(await syncOnce({ repo: repository.url, root, flags })).toMatchObject({
      ...{ code: 0, errors: [] },
    })
    await expectFresh(`${root}/site`, repository, { commit })
    kinds[mode] = lstatSync(`${root}/site`).isSymbolicLink() ? 'link' : 'folder'
    // a second start finds it and publishes nothing
    const again = await syncOnce({ repo: repository.url, root, flags })
    expect(again).toMatchObject({ code: 0, errors: [] })
    expect(again.said).toContain('already published')
    // in the tree that hooks work in, and where the folder is one of git
    const [tree] = await readdir(`${root}/.worktrees`)
    expect(tree).toBe(commit)
    const isTree = readdirSync(`${root}/site`).includes('.git')
    expect(isTree).toBe(mode !== 'in-place')
    if (isTree) expect(await inTree(`${root}/site`, repository, 'status', '--porcelain')).toBe('')
  }
  expect(kinds).toEqual({ link: 'link', 'in-place': 'folder', exchange: 'folder' })
})

for (const mode of modes) {
  for (const [kind, begin] of Object.entries(histories)) {
    test(`through a random history what ${mode} publishes is a fresh checkout: ${kind}`, async () => {
      const random = seeded(seed)
      await using own = temporaryFolder('history')
      await using history = await begin({ random, folder: own })
      const { repository } = history
      const root = newRoot()
      const flags = [...quick, `--publish=${mode}`, ...history.flags]
      await using sidecar = startGitSync({ repo: repository.url, root, flags })
      const earlier = [await repository.resolve()]
      await untilTold(sidecar, earlier[0] ?? '')
      for (let number = 0; number < commits; number++) {
        const next = await history.next(earlier)
        if (next === earlier.at(-1)) continue
        await untilServed(sidecar, next)
        expectFiles(`${root}/site`, await history.fresh(next))
        earlier.push(next)
        // sooner and later than the grace
        if (random() < 0.5) await Bun.sleep(random() * 300)
      }
      expect(errorsOf(sidecar)).toEqual([])
    })
  }
}

test('what a consumer does to the files of an in-place folder is undone by the next push', async () => {
  await using repository = await createRepository()
  const root = newRoot()
  const flags = [...quick, '--publish=in-place']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  for (let number = 0; number < 4; number++) {
    const commit = await repository.publish({ [`f${number}`]: '1\n', 'd/e': `${number}\n` })
    await untilTold(sidecar, commit)
    const at = (path: string): string => `${root}/site/${path}`
    expect(readdirSync(at('.')).includes('own')).toBe(number > 0)
    await rm(at('own'), { force: true })
    await expectFresh(at('.'), repository, { commit })
    await writeFile(at('d/e'), 'mine')
    await rm(at('f0'))
    await writeFile(at('own'), 'mine')
  }
  expect(errorsOf(sidecar)).toEqual([])
})

for (const mode of modes) {
  needs('nginx').test(`nginx serves whole files through 30 pushes by ${mode}`, async () => {
    const page = (number: number): string => `commit ${number}\n`.repeat(2000)
    const names = ['index.html', 'a.txt', 'd/b.txt', 'd/e/c.txt']
    const filesOf = (number: number): Record<string, string> =>
      Object.fromEntries(names.map((name) => [name, page(number)]))
    await using repository = await createRepository({ files: filesOf(0) })
    const root = newRoot()
    const flags = [...quick, `--publish=${mode}`]
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    await untilTold(sidecar, await repository.resolve())
    await using web = await startWebServer(`${root}/site`)
    const stop = new AbortController()
    const wrong: string[] = []
    let asked = 0
    async function ask(): Promise<void> {
      let seen = 0
      while (!stop.signal.aborted) {
        const name = names[asked++ % names.length]
        const response = await fetch(`${web.url}/${name}`)
        const text = await response.text()
        const number = Number(/^commit (\d+)\n/.exec(text)?.[1] ?? Number.NaN)
        if (response.status !== 200 || text !== page(number))
          wrong.push(`${response.status} ${name}`)
        // of a whole commit: none of its files is older than one that was seen before
        if (mode !== 'in-place' && number < seen) wrong.push(`${name} of ${number} after ${seen}`)
        seen = Math.max(seen, number)
      }
    }
    const asking = ask()
    for (let number = 1; number <= 30; number++) {
      await untilTold(sidecar, await repository.publish(filesOf(number)))
    }
    const before = asked
    await until(() => asked > before + names.length || null)
    stop.abort()
    await asking
    expect(wrong).toEqual([])
    expect(asked).toBeGreaterThan(60)
  })
}

test('who has the folder open sees one commit of link and exchange, and the newest in-place', async () => {
  for (const mode of modes) {
    await using repository = await createRepository({ files: { a: '1\n', 'd/b': '1\n' } })
    const root = newRoot()
    const flags = ['--period=20ms', '--spare-grace=1h', `--publish=${mode}`]
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    await untilTold(sidecar, await repository.resolve())
    await using held = await open(`${root}/site/`)
    for (const content of ['2\n', '3\n']) {
      await untilTold(sidecar, await repository.publish({ a: content, 'd/b': content }))
    }
    const seen = mode === 'in-place' ? '3\n' : '1\n'
    for (const path of ['a', 'd/b']) {
      expect(await readFile(`/proc/self/fd/${held.fd}/${path}`, 'utf8')).toBe(seen)
    }
  }
})

test('a watcher of an in-place folder is told of the file that changed, and of no other', async () => {
  const files = { a: '1\n', b: '1\n', c: '1\n', 'd/e': '1\n' }
  await using repository = await createRepository({ files })
  const root = newRoot()
  const flags = [...quick, '--publish=in-place']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilTold(sidecar, await repository.resolve())
  const inodes = () => ['', 'b', 'c', 'd', 'd/e'].map((path) => inodeOf(`${root}/site/${path}`))
  const before = inodes()
  const told = new Set<string>()
  const watchers = ['site', 'site/d'].map((path) =>
    watch(`${root}/${path}`, (_, name) => told.add(`${path}/${name}`)),
  )
  try {
    await untilTold(sidecar, await repository.publish({ a: '2\n' }))
    await until(() => told.size > 0 || null)
    expect([...told]).toEqual(['site/a'])
    await untilTold(sidecar, await repository.publish({ 'd/e': '2\n' }))
    await until(() => told.size > 1 || null)
    expect([...told]).toEqual(['site/a', 'site/d/e'])
  } finally {
    for (const watcher of watchers) watcher.close()
  }
  expect(inodes().slice(0, 4)).toEqual(before.slice(0, 4))
})

test('the modes take each other’s place over one root, and a poll then finds nothing to do', async () => {
  await using repository = await createRepository()
  const root = newRoot()
  for (const mode of ['link', 'in-place', 'exchange', 'link', 'exchange', 'in-place', 'link']) {
    const commit = await repository.publish({ a: `${mode}\n`, [`d/${mode}`]: '1\n' })
    const flags = [`--publish=${mode}`]
    const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
    expect({ code, errors }).toEqual({ code: 0, errors: [] })
    await expectFresh(`${root}/site`, repository, { commit })
    // also by the options alone, and while the host is away
    const again = await syncOnce({ repo: repository.url, root, flags })
    expect(again.said).toContain('already published')
  }
  const gone = await syncOnce({ repo: '/nowhere', root, flags: ['--publish=in-place'] })
  expect(gone.code).toBe(1)
  await expectFresh(`${root}/site`, repository, { commit: await repository.resolve() })
  expect(lstatSync(`${root}/site`).isDirectory()).toBe(true)
})

test('a folder that somebody removed, or put another in the place of, comes back', async () => {
  await using repository = await createRepository()
  const commit = await repository.resolve()
  for (const mode of ['in-place', 'exchange']) {
    const root = newRoot()
    const flags = [...quick, `--publish=${mode}`]
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    await untilTold(sidecar, commit)
    await rm(`${root}/site`, { recursive: true })
    await untilFresh(`${root}/site`, repository, commit)
    await mkdir(`${root}/empty`)
    expect(exchangeAtOnce(`${root}/empty`, `${root}/site`)).toBe(true)
    await untilFresh(`${root}/site`, repository, commit)
    await mkdir(`${root}/own`)
    await writeFile(`${root}/own/precious`, 'x')
    expect(exchangeAtOnce(`${root}/own`, `${root}/site`)).toBe(true)
    await sidecar.line('a folder is there with files that are not ours')
    expect(readdirSync(`${root}/site`)).toEqual(['precious'])
  }
})

test('a folder that --root is in is refused by name', async () => {
  const root = folder.at('around/root')
  for (const mode of ['in-place', 'exchange']) {
    const flags = [`--publish=${mode}`, '--link=../']
    const { code, errors } = await syncOnce({ repo: '/nowhere', root, flags })
    expect(code).toBe(1)
    expect(errors.join()).toContain('--root is in that folder; name another')
  }
})

test('nothing is left beside the folder, and old trees go', async () => {
  await using repository = await createRepository()
  for (const mode of ['in-place', 'exchange']) {
    const root = newRoot()
    const flags = [...quick, `--publish=${mode}`, '--spare-worktree=false', '--link=www/site']
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    let commit = ''
    for (let number = 0; number < 3; number++) {
      commit = await repository.publish({ a: `${mode} ${number}\n` })
      await untilTold(sidecar, commit)
    }
    await until(async () => (await readdir(`${root}/.worktrees`)).join() === commit || null)
    expect(await readdir(dirname(`${root}/www/site`))).toEqual(['site'])
    expect(await readdir(`${root}/.published`)).toHaveLength(2)
  }
})
