import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { layoutOf } from '#git-sync/tree/layout.ts'
import { openPublications, type Publications, type Told } from './publications.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidecars-publications-'))
afterAll(() => rmSync(folder, { recursive: true }))
let roots = 0

const [one, two, three] = [told('1'), told('2'), told('3')]

function told(digit: string): Told {
  return { commit: digit.repeat(40), tree: `/trees/${digit}` }
}

/** A root in which each process starts at the next second. */
function newRoot() {
  const layout = layoutOf(join(folder, `root-${roots++}`))
  const link = join(layout.root, 'site')
  mkdirSync(layout.gitDir, { recursive: true })
  let nowMs = 0
  return {
    link,
    note: join(layout.gitDir, 'sync-published'),
    start: (): Promise<Publications> => {
      nowMs += 1000
      const clock = { nowMs: () => nowMs, monotonicMs: () => 0, sleep: async () => {} }
      return openPublications({ layout, pointer: link, clock })
    },
  }
}

test('each publication follows the one before, and the next process knows it', async () => {
  const root = newRoot()
  const first = await root.start()
  expect(first.next(one)).toEqual({ ...one, previous: null, timeMs: 1000 })
  expect(first.served(one)).toEqual({ ...one, previous: null, timeMs: 1000 })
  expect(first.next(two)).toMatchObject({ previous: one.commit })
  expect(first.served(two)).toEqual({ ...two, previous: one.commit, timeMs: 1000 })
  await first.written()
  const second = await root.start()
  expect(second.served(two)).toEqual({ ...two, previous: one.commit, timeMs: 1000 })
  expect(second.served(three)).toEqual({ ...three, previous: two.commit, timeMs: 2000 })
  await second.written()
  const third = await root.start()
  expect(third.served(one)).toEqual({ ...one, previous: three.commit, timeMs: 3000 })
})

test('what was about to be served and was not is nothing that was served before', async () => {
  const publications = await newRoot().start()
  publications.served(one)
  publications.next(two)
  expect(publications.served(three)).toMatchObject({ previous: one.commit })
})

test('a commit that is built again after damage was published once, with other options twice', async () => {
  const root = newRoot()
  const first = await root.start()
  first.served(one)
  first.served(two)
  await first.written()
  const second = await root.start()
  expect(second.served(two)).toMatchObject({ previous: one.commit, timeMs: 1000 })
  const remade = { ...two, isRemade: true }
  expect(second.served(remade)).toEqual({ ...remade, previous: two.commit, timeMs: 2000 })
})

test('in a root of another program the tree behind the link is the one before', async () => {
  const root = newRoot()
  symlinkSync(`.worktrees/${one.commit}`, root.link)
  const publications = await root.start()
  expect(publications.served(two)).toMatchObject({ previous: one.commit })
  await publications.written()
  rmSync(root.note)
  expect((await root.start()).served(one)).toMatchObject({ previous: null, timeMs: 2000 })
})

test('a note that is none is no note', async () => {
  const { commit } = one
  const notes = ['', '\0\0\0', '[]', 'null', '{"commit":"x","previous":null,"time":"2026-01-01"}']
  notes.push(JSON.stringify({ commit, previous: 7, time: '2026-01-01T00:00:00Z' }))
  notes.push(JSON.stringify({ commit, previous: null, time: 'soon' }))
  for (const note of notes) {
    const root = newRoot()
    writeFileSync(root.note, note)
    const publications = await root.start()
    expect(publications.served(two)).toMatchObject({ previous: null, timeMs: 1000 })
    await publications.written()
    expect((await root.start()).served(two)).toMatchObject({ timeMs: 1000 })
  }
})

test('a note that cannot be written holds nothing up', async () => {
  const root = newRoot()
  mkdirSync(root.note)
  const publications = await root.start()
  publications.served(one)
  await publications.written()
  expect(publications.served(two)).toMatchObject({ previous: one.commit })
})
