import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { pathsBelow, startGitSync, syncOnce } from '#test/e2e/git-sync-run.ts'
import { expectFresh, inodeOf, untilTold } from '#test/e2e/publish-run.ts'
import { runChild } from '#test/fixtures/child.ts'
import { killWithDescendants } from '#test/fixtures/kill.ts'
import { needs } from '#test/fixtures/needs.ts'
import { type Changes, createRepository } from '#test/fixtures/repository.ts'
import { seeded } from '#test/fixtures/seeded.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'

setDefaultTimeout(300_000)

const { test } = needs('root')
const folder = temporaryFolder('publish-faults')
afterAll(() => folder.remove())
let names = 0

interface Mount extends AsyncDisposable {
  readonly path: string
}

async function mounted(...how: readonly string[]): Promise<Mount> {
  const path = folder.at(`mount-${names++}`)
  await mkdir(path)
  await runChild(['mount', ...how, path])
  return {
    path,
    [Symbol.asyncDispose]: async () => void (await runChild(['umount', '--lazy', path])),
  }
}

const kills = Number(process.env.PUBLISH_KILLS ?? 16)

for (const mode of ['in-place', 'exchange']) {
  test(`killed at ${kills} moments of ${mode} publications, each file is whole and the next start finishes`, async () => {
    const files = (number: number): Changes => ({
      ...Object.fromEntries(
        Array.from({ length: 150 }, (_, at) => [`part-${at % 5}/${at}`, `${number}\n`.repeat(at)]),
      ),
      ...Object.fromEntries(
        Array.from({ length: 30 }, (_, at) => [`come-and-go/${at}-${number}`, `${number}\n`]),
      ),
      stays: 'always\n',
      turns: number % 2 === 0 ? 'a file\n' : null,
      'turns/into': number % 2 === 0 ? null : 'a folder\n',
    })
    await using repository = await createRepository({ files: { stays: 'always\n' } })
    const commits: string[] = []
    for (let number = 0; number < 6; number++) {
      await repository.git('rm', '-r', '--quiet', '--ignore-unmatch', 'come-and-go', 'turns')
      const present = Object.entries(files(number)).filter(([, content]) => content !== null)
      commits.push(await repository.commit(Object.fromEntries(present)))
    }
    await repository.push()
    const root = folder.at(`killed-${mode}`)
    const site = `${root}/site`
    const random = seeded(20_261_124)
    const flags = [`--publish=${mode}`, '--spare-grace=10ms', '--period=10ms']
    const move = (commit: string) => writeFile(`${repository.path}/refs/heads/main`, `${commit}\n`)
    expect(await syncOnce({ repo: repository.url, root, flags })).toMatchObject({ code: 0 })
    const kept = [inodeOf(site), inodeOf(`${site}/stays`)]
    const isWriting = () =>
      readdirSync(`${root}/.published`).some((name) => name.endsWith('-changing')) || null
    let unfinished = 0
    for (let round = 0; round < kills; round++) {
      await move(commits[round % commits.length] ?? '')
      const sidecar = startGitSync({ repo: repository.url, root, flags })
      await until(isWriting, { everyMs: 1, what: 'a journal' })
      // The first one at once: that one is certainly at work.
      if (round > 0) await Bun.sleep(random() * 150)
      killWithDescendants(sidecar.pid)
      await sidecar.exited
      if (isWriting()) unfinished++
      const seen = new Set<string>()
      for (let at = 1; at < 150; at++) {
        const text = readFileSync(`${site}/part-${at % 5}/${at}`, 'utf8')
        const number = text.split('\n', 1)[0] ?? ''
        expect(text).toBe(`${number}\n`.repeat(at))
        seen.add(number)
      }
      if (mode === 'exchange') expect(seen.size).toBe(1)
      const commit = commits[(round + 3) % commits.length] ?? ''
      if (round % 2 === 0) await move(commit)
      const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
      expect({ code, errors }).toEqual({ code: 0, errors: [] })
      await expectFresh(site, repository, { commit: await repository.resolve('main') })
      if (mode === 'in-place') expect([inodeOf(site), inodeOf(`${site}/stays`)]).toEqual(kept)
    }
    // It was killed while it wrote, not while it slept.
    expect(unfinished).toBeGreaterThan(0)
    // What a kill between the last two steps leaves goes with the next publication.
    await repository.publish({ last: 'last\n' })
    expect(await syncOnce({ repo: repository.url, root, flags })).toMatchObject({ code: 0 })
    expect(readdirSync(root).sort()).toEqual([
      ...['.git', '.git-sync.lock', '.published', '.worktrees', 'site'],
    ])
    expect(readdirSync(`${root}/.published`)).toHaveLength(2)
  })
}

test('a mount of the folder alone follows in-place, and neither a link nor an exchange', async () => {
  for (const [mode, follows] of [
    ['in-place', true],
    ['link', false],
    ['exchange', false],
  ] as const) {
    await using repository = await createRepository({ files: { a: '1\n', 'd/b': '1\n' } })
    const root = folder.at(`sub-path-${mode}`)
    const flags = [`--publish=${mode}`, '--spare-grace=1h', '--period=20ms']
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    await untilTold(sidecar, await repository.resolve())
    await using consumer = await mounted('--bind', `${root}/site/`)
    await untilTold(sidecar, await repository.publish({ a: '2\n', 'd/b': null, 'd/c': '2\n' }))
    const seen = pathsBelow(consumer.path).map((path) => [
      path,
      readFileSync(`${consumer.path}/${path}`, 'utf8'),
    ])
    const [old, next] = [
      { a: '1\n', 'd/b': '1\n' },
      { a: '2\n', 'd/c': '2\n' },
    ]
    expect(Object.fromEntries(seen)).toEqual(follows ? next : old)
  }
})

test('a folder that is a mount itself, of the same volume or another, is published into in-place', async () => {
  await mkdir(folder.at('volume'))
  for (const how of [
    ['--bind', folder.at('volume')],
    ['-t', 'tmpfs', 'tmpfs'],
  ]) {
    await using repository = await createRepository({ files: { a: '1\n', 'd/b': '1\n' } })
    await using volume = await mounted(...how)
    const inode = inodeOf(volume.path)
    const root = folder.at(`root-${names++}`)
    const flags = [`--link=${volume.path}`, '--publish=in-place', '--period=20ms']
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    await untilTold(sidecar, await repository.resolve())
    for (const content of ['2\n', '3\n']) {
      const commit = await repository.publish({ a: content, d: null, [`d${content}`]: content })
      await untilTold(sidecar, commit)
      await expectFresh(volume.path, repository, { commit })
    }
    expect(inodeOf(volume.path)).toBe(inode)
  }
})

test('what is left in a mounted folder by a killed process goes with the next publication', async () => {
  await using repository = await createRepository()
  await using volume = await mounted('-t', 'tmpfs', 'tmpfs')
  const root = folder.at(`root-${names++}`)
  const flags = [`--link=${volume.path}`, '--publish=in-place']
  await syncOnce({ repo: repository.url, root, flags })
  const left = `${volume.path}/.sidecars-tmp-0123456789abcdef-publishing`
  await mkdir(left)
  await writeFile(`${left}/0`, 'half')
  await repository.publish({ a: '2\n' })
  expect(await syncOnce({ repo: repository.url, root, flags })).toMatchObject({ code: 0 })
  expect(existsSync(left)).toBe(false)
})

test('exchange is refused at the start where it cannot be, with what to do', async () => {
  await using repository = await createRepository()
  await mkdir(folder.at('own volume'))
  await using same = await mounted('--bind', folder.at('own volume'))
  await using other = await mounted('-t', 'tmpfs', 'tmpfs')
  for (const [link, why] of [
    [
      same.path,
      'a volume is mounted there; mount the folder around it, or give --publish=in-place',
    ],
    [`${same.path}/site`, 'it is on another volume than --root; put both on one, or give'],
    [`${other.path}/site`, 'it is on another volume than --root; put both on one, or give'],
  ] as const) {
    const root = folder.at(`root-${names++}`)
    const flags = [`--link=${link}`, '--publish=exchange', '--max-failures=-1']
    const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
    expect(code).toBe(1)
    expect(errors.join('\n')).toContain(`Cannot use --publish=exchange at ${link}: ${why}`)
    expect(readdirSync(other.path)).toEqual([])
  }
})

test('a volume that fills up leaves each file old or new, and is gone on with when there is room', async () => {
  const noise = (): Uint8Array => new Uint8Array(randomBytes(120_000))
  const [small, large] = [Uint8Array.from([49, 10]), noise()]
  const paths = Array.from({ length: 20 }, (_, number) => `d${number % 3}/${number}`)
  const all = (content: Uint8Array): Changes =>
    Object.fromEntries(paths.map((path) => [path, content]))
  await using repository = await createRepository({ files: all(small) })
  await using volume = await mounted('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')
  const root = folder.at(`root-${names++}`)
  const flags = [`--link=${volume.path}`, '--publish=in-place', '--period=20ms']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilTold(sidecar, await repository.resolve())
  const commit = await repository.publish(all(large))
  await sidecar.line(/Cannot write [^"]*: ENOSPC/)
  const sizes = new Set(paths.map((path) => readFileSync(`${volume.path}/${path}`).length))
  expect([...sizes].sort((one, other) => one - other)).toEqual([small.length, large.length])
  await runChild(['mount', '-o', 'remount,size=20m', volume.path])
  await untilTold(sidecar, commit)
  await until(async (): Promise<true> => {
    await expectFresh(volume.path, repository, { commit })
    return true
  })
})
