import { afterAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agreed } from '#git-sync/gate/gate.ts'
import { toCommit } from '#git-sync/git/refs.ts'
import { layoutOf } from '#git-sync/tree/layout.ts'
import { linkPublisher } from './link.ts'

const folder = await mkdtemp(join(tmpdir(), 'sidecars-link-'))
afterAll(() => rm(folder, { recursive: true }))
const commit = toCommit('1'.repeat(40))
const plain = { subdir: '', durability: null }
let roots = 0

/** A tree under its private name, in a new root. */
async function newTree(): Promise<Agreed & { readonly root: string }> {
  const root = join(folder, `root-${roots++}`)
  const layout = layoutOf(root)
  const path = layout.newTree()
  const admin = join(layout.adminDir, 'x')
  await mkdir(admin, { recursive: true })
  await mkdir(path, { recursive: true })
  return { root, commit, path, admin } as Agreed & { readonly root: string }
}

test('a tree with its place is not served until it is published', async () => {
  const tree = await newTree()
  const link = join(tree.root, 'deep/site')
  const publisher = linkPublisher({ layout: layoutOf(tree.root), link, ...plain })
  const placed = await publisher.place(tree)
  expect(placed).toEqual({ commit, tree: `${tree.root}/.worktrees/${commit}` })
  expect(existsSync(placed.tree)).toBe(true)
  expect(existsSync(link)).toBe(false)
  expect(await publisher.publish(placed)).toEqual({ ...placed, link })
  expect(await readlink(link)).toBe(`../.worktrees/${commit}`)
})

test('no tree gets its place when its link cannot be made', async () => {
  const tree = await newTree()
  await writeFile(join(tree.root, 'file'), '')
  const publisher = linkPublisher({
    layout: layoutOf(tree.root),
    link: join(tree.root, 'file/site'),
    ...plain,
  })
  await expect(publisher.check()).rejects.toThrow('its folder cannot be written')
  await expect(publisher.place(tree)).rejects.toThrow('its folder cannot be written')
  expect(existsSync(tree.path)).toBe(true)
})

test('a flip that may not outlive lost power is no publication, and is made again', async () => {
  const tree = await newTree()
  const link = join(tree.root, 'site')
  let isBroken = true
  const publisher = linkPublisher({
    ...{ layout: layoutOf(tree.root), link, subdir: '' },
    durability: {
      ...{ tree: async () => {}, admins: async () => {}, files: async () => {} },
      async folders([path]: Iterable<string>) {
        if (isBroken && path === tree.root && existsSync(link)) throw new Error('the disk is gone')
      },
    },
  })
  const placed = await publisher.place(tree)
  await expect(publisher.publish(placed)).rejects.toThrow('the disk is gone')
  expect(await publisher.stands(placed)).toBe(false)
  isBroken = false
  await publisher.publish(placed)
  expect(await publisher.stands(placed)).toBe(true)
})
