import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Git } from '#git-sync/git/git.ts'
import { gitIn, shellIn } from '#git-sync/git/git-for-tests.ts'
import { systemClock } from '#kit/clock.ts'
import { createLog, reasonOf } from '#kit/log.ts'
import { createGap } from './gap.ts'
import { layoutOf } from './layout.ts'
import { createRepacking } from './repacking.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidecars-repacking-'))
afterAll(() => rm(folder, { recursive: true }))
const log = createLog({ verbosity: 0, clock: systemClock, write() {} })
let roots = 0

/** The repository of a root, what keeps it small, and what that complains of. */
async function opened({ program = 'git' } = {}) {
  const root = join(folder, `${roots++}`)
  await mkdir(root)
  await gitIn(root, 'init', '--quiet')
  await shellIn(root, 'echo mine >a && git add a')
  const gap = createGap()
  gap.open()
  const complaints: string[] = []
  const repacking = createRepacking({
    gitUntil: (stop) => new Git({ program, env: process.env, root, log, stop }),
    layout: layoutOf(root),
    gap,
    isThorough: false,
    complain: (error) => complaints.push(reasonOf(error)),
  })
  return {
    ...{ root, complaints },
    /** As many packs of one object each; nothing names those. */
    add: (count: number) =>
      shellIn(
        root,
        `for i in $(seq ${count}); do echo $i.$$ | git hash-object -w --stdin |` +
          'git pack-objects --quiet .git/objects/pack/pack; done; git prune-packed',
      ),
    /** Tells how many packs there are when nothing more is done. */
    async tend(isQuiet = true): Promise<number> {
      repacking.tend({ isQuiet })
      await repacking.idle()
      const names = await readdir(join(root, '.git/objects/pack'))
      return names.filter((name) => name.endsWith('.pack')).length
    },
  }
}

test('many small packs become one, and nothing is dropped by that', async () => {
  const { root, add, tend, complaints } = await opened()
  await add(60)
  expect(await tend()).toBe(1)
  // and the one that is named
  expect(await gitIn(root, 'count-objects', '-v')).toContain('in-pack: 61\n')
  expect(complaints).toEqual([])
})

test('what nothing names goes when it takes a share of what is needed, and not before', async () => {
  const { root, add, tend } = await opened()
  const addOne = (kib: number) =>
    shellIn(
      root,
      `head -c ${kib}k /dev/urandom | git hash-object -w --stdin |` +
        'git pack-objects --quiet .git/objects/pack/pack; git prune-packed',
    )
  await shellIn(root, 'head -c 400k /dev/urandom >b && git add b')
  await add(1)
  expect(await tend()).toBe(1)
  await addOne(150)
  expect(await tend()).toBe(2)
  await addOne(100)
  expect(await tend()).toBe(1)
  // however small it is
  await add(7)
  expect(await tend()).toBe(8)
})

test('what trees in their grace held goes when they are gone, and costs no repack before', async () => {
  const { root, add, tend } = await opened()
  await add(1)
  expect(await tend()).toBe(1)
  await shellIn(root, 'head -c 400k /dev/urandom >b && git add b')
  await add(10)
  expect(await tend(false)).toBe(1)
  await gitIn(root, 'rm', '--cached', '--quiet', 'b')
  await add(10)
  expect(await tend(false)).toBe(11)
  expect(await tend()).toBe(1)
  expect(await gitIn(root, 'count-objects', '-v')).toContain('in-pack: 1\n')
})

test('packs of a repository that lacks trees become one, and nobody is told', async () => {
  const { root, tend, complaints } = await opened()
  const host = join(folder, 'host')
  await mkdir(host)
  const who = '-c user.name=a -c user.email=a@example.com'
  await shellIn(host, `git init -q -b main && git ${who} commit -q --allow-empty -m 0`)
  await gitIn(host, 'config', 'uploadpack.allowFilter', 'true')
  await shellIn(root, 'git rm -q --cached a')
  for (let round = 0; round < 12; round++) {
    await shellIn(host, `echo ${round} >a; git add a; git ${who} commit -q -m x`)
    const from = ['--depth=1', '--filter=tree:0', `file://${host}`, '+main:refs/sync/next']
    await gitIn(root, '-c', 'fetch.unpackLimit=1', 'fetch', '--quiet', '--no-tags', ...from)
    if (round === 0) await tend()
  }
  // and one of what did not come from the host
  expect(await tend()).toBe(2)
  expect(complaints).toEqual([])
})

test('a repack that fails is told of, and not tried again before there is more to gain', async () => {
  const program = join(folder, 'git-without-packing')
  const lines = ['case "$1" in pack-objects) echo broken >&2; exit 1;; esac', 'exec git "$@"', '']
  await writeFile(program, ['#!/bin/sh', ...lines].join('\n'), { mode: 0o755 })
  const { add, tend, complaints } = await opened({ program })
  await add(1)
  await tend()
  await add(12)
  expect(await tend()).toBe(13)
  expect(await tend()).toBe(13)
  expect(complaints).toHaveLength(1)
  expect(complaints[0]).toContain('broken')
  await add(12)
  await tend()
  expect(complaints).toHaveLength(2)
})
