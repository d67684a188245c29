import { afterAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { expectServes, syncOnce } from './git-sync-run.ts'

const repository = await createRepository({
  files: { 'index.html': 'one\n', 'css/a.css': 'a {}\n', run: { executable: '#!/bin/sh\n' } },
})
const commit = await repository.resolve()
const folder = temporaryFolder('healing')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

interface Synced {
  readonly root: string
  readonly link: string
}

/** A root after its first sync: copies of one. */
async function synced(): Promise<Synced> {
  const first = folder.at('first')
  if (!existsSync(first)) await syncOnce({ repo: repository.url, root: first })
  const root = folder.at(`root-${crypto.randomUUID()}`)
  await runChild(['cp', '-a', first, root])
  return { root, link: `${root}/site` }
}

/** Another sync, which must be good and leave the commit served in a working tree of git. */
async function expectHealed({ root, link }: Synced): Promise<void> {
  const { code, errors } = await syncOnce({ repo: repository.url, root })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await expectServes(link, repository, commit)
  expect(await inTree(link, 'status', '--porcelain')).toBe('')
}

function inTree(link: string, ...args: readonly string[]): Promise<string> {
  return runChild(['git', '-C', link, ...args], repository)
}

const damages: readonly (readonly [what: string, damage: (at: Synced) => Promise<unknown>])[] = [
  ['a deleted tree', ({ root }) => rm(`${root}/.worktrees/${commit}`, { recursive: true })],
  [
    'a tree without files',
    async ({ root }) => {
      await rm(`${root}/.worktrees/${commit}`, { recursive: true })
      await mkdir(`${root}/.worktrees/${commit}`)
    },
  ],
  ['all trees deleted', ({ root }) => rm(`${root}/.worktrees`, { recursive: true })],
  ['a deleted link', ({ link }) => rm(link)],
  [
    'a commit made inside the tree',
    async ({ link }) => {
      await writeFile(`${link}/index.html`, 'changed by somebody\n')
      await inTree(link, 'commit', '--quiet', '--all', '--message=mine')
    },
  ],
  ['a stray file among the trees', ({ root }) => writeFile(`${root}/.worktrees/stray`, 'x')],
  [
    'a stray folder among the trees',
    ({ root }) => mkdir(`${root}/.worktrees/${'0'.repeat(40)}/x`, { recursive: true }),
  ],
  [
    'a file in the root whose name is the commit',
    ({ root }) => writeFile(`${root}/${commit}`, 'x'),
  ],
  [
    'the tree of a killed build',
    ({ root }) => mkdir(`${root}/.worktrees/new-0123456789ab/x`, { recursive: true }),
  ],
  ['a broken HEAD', ({ root }) => writeFile(`${root}/.git/HEAD`, 'nonsense')],
  ['a broken config', ({ root }) => writeFile(`${root}/.git/config`, '[[[')],
  [
    'removed objects',
    async ({ root }) => {
      await rm(`${root}/.git/objects`, { recursive: true })
      await mkdir(`${root}/.git/objects`)
    },
  ],
  [
    'truncated objects',
    async ({ root }) => {
      const objects = `${root}/.git/objects`
      for (const name of await readdir(objects, { recursive: true })) {
        if (/^(..\/[\da-f]{38}|pack\/.*\.pack)$/.test(name)) {
          await rm(`${objects}/${name}`)
          await writeFile(`${objects}/${name}`, 'x')
        }
      }
    },
  ],
  ['a deleted repository', ({ root }) => rm(`${root}/.git`, { recursive: true })],
  [
    'a file where the repository belongs',
    async ({ root }) => {
      await rm(`${root}/.git`, { recursive: true })
      await writeFile(`${root}/.git`, 'x')
    },
  ],
]

for (const [what, damage] of damages) {
  test(`${what} is healed in one pass`, async () => {
    const at = await synced()
    await damage(at)
    await expectHealed(at)
    const trees = await readdir(`${at.root}/.worktrees`)
    expect(trees).toEqual([commit])
  })
}
