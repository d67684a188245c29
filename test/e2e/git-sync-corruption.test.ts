import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import {
  errorsOf,
  expectHealed,
  expectServes,
  fingerprint,
  inTree,
  startGitSync,
  syncOnce,
  untilPublished,
} from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository()
const folder = temporaryFolder('corruption')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

/** A root after its first sync. */
async function synced(): Promise<{ readonly root: string; readonly link: string }> {
  const root = folder.at(`root-${crypto.randomUUID()}`)
  await syncOnce({ repo: repository.url, root })
  return { root, link: `${root}/site` }
}

/** Zeroes in the middle of each pack: the file that cannot be compressed fills it. */
async function corruptPacks(root: string): Promise<void> {
  const packs = `${root}/.git/objects/pack`
  for (const name of (await readdir(packs)).filter((name) => name.endsWith('.pack'))) {
    await chmod(`${packs}/${name}`, 0o644)
    await using pack = await open(`${packs}/${name}`, 'r+')
    await pack.write(new Uint8Array(64), 0, 64, Math.round((await pack.stat()).size / 2))
  }
}

for (const [what, next] of [
  ['shared with the next commit', { 'index.html': 'two\n' }],
  ['that the next commit changes a little', 'a line'],
] as const) {
  test(`a corrupt file ${what} is healed in the pass that finds it`, async () => {
    const large = randomBytes(20_000).toString('base64')
    await using own = await createRepository({ files: { 'index.html': 'one\n', large } })
    const root = folder.at(`corrupt-${crypto.randomUUID()}`)
    await using sidecar = startGitSync({ repo: own.url, root })
    await untilPublished(`${root}/site`, await own.resolve())
    await corruptPacks(root)
    const commit = await own.publish(typeof next === 'string' ? { large: large + next } : next)
    await untilPublished(`${root}/site`, commit)
    await expectServes(`${root}/site`, own, commit)
    expect(errorsOf(sidecar)).toEqual([])
    expect(await readdir(`${root}/.quarantine`)).toHaveLength(1)
  })
}

test('a damaged tree whose files are corrupt in the repository is healed at a restart', async () => {
  const large = randomBytes(20_000).toString('base64')
  await using own = await createRepository({ files: { large } })
  const root = folder.at('corrupt-restart')
  await syncOnce({ repo: own.url, root })
  await corruptPacks(root)
  await rm(`${root}/.worktrees`, { recursive: true })
  await expectHealed(root, own)
})

for (const code of [128, 137]) {
  test(`a check that ends with ${code} and no word of damage condemns no repository`, async () => {
    const at = await synced()
    const lines = ['case "$*" in', `*fsck*) echo 'fatal: Out of memory' >&2; exit ${code};;`]
    const git = folder.at(`git-${code}`)
    lines.push("*worktree\\ add*) echo 'fatal: out of luck' >&2; exit 128;; esac", 'exec git "$@"')
    await writeFile(git, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 })
    await rm(at.link)
    const failed = await syncOnce({ repo: repository.url, root: at.root, flags: [`--git=${git}`] })
    expect(failed.errors.join()).toContain('out of luck')
    expect(existsSync(`${at.root}/.quarantine`)).toBe(false)
    await expectHealed(at.root, repository)
  })
}

test('a broken repository is kept aside, and what is served stays until the new one is whole', async () => {
  const at = await synced()
  await rm(`${at.root}/.git/objects`, { recursive: true })
  const before = fingerprint(at.link)
  const away = await syncOnce({ repo: `${repository.url}-away`, root: at.root })
  expect(away.code).toBe(1)
  expect(away.errors).toHaveLength(1)
  expect(fingerprint(at.link)).toEqual(before)
  await expectHealed(at.root, repository)
  expect(await readdir(`${at.root}/.quarantine`)).toHaveLength(1)
})

test('a lost repository takes nothing from readers and probes while the host is away', async () => {
  await using own = await createRepository()
  const away = `${own.path}-away`
  const root = folder.at('lost-packs')
  const link = `${root}/site`
  await syncOnce({ repo: own.url, root })
  const before = fingerprint(link)
  await rename(own.path, away)
  await rm(`${root}/.git/objects/pack`, { recursive: true })
  await using sidecar = startGitSync({ repo: own.url, root, flags: ['--http-bind=127.0.0.1:0'] })
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  await sidecar.line('"failures":2')
  expect((await fetch(`http://${address}/readyz`)).status).toBe(200)
  expect(fingerprint(link)).toEqual(before)
  await rename(away, own.path)
  await until(async () => (await inTree(link, own, 'status', '--porcelain')) === '' || null)
  await expectServes(link, own, await own.resolve())
  expect(sidecar.running).toBe(true)
})

test('a stopped or slow pass never takes the repository for a broken one', async () => {
  const at = await synced()
  const next = folder.at('slow-git')
  await writeFile(next, '#!/bin/sh\ncase "$*" in *ls-remote*) exec git "$@";; esac\nsleep 60\n', {
    mode: 0o755,
  })
  const flags = [`--git=${next}`, '--sync-timeout=300ms']
  const { code, errors } = await syncOnce({ repo: repository.url, root: at.root, flags })
  expect(code).toBe(1)
  expect(errors.join()).toContain('--sync-timeout 300ms')
  expect(existsSync(`${at.root}/.quarantine`)).toBe(false)
  await expectHealed(at.root, repository)
})
