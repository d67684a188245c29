import { expect, test } from 'bun:test'
import { createLeftovers } from './leftovers.ts'

const forget = (): void => {}

test('samples of a large pod are collected after each, those of a small one after many', () => {
  let collections = 0
  const collect = (): void => void collections++
  const large = createLeftovers({ collect, forget, soon: (act) => act() })
  for (let sample = 0; sample < 10; sample++) large.sampled(500, { followed: true })
  expect(collections).toBe(10)
  collections = 0
  const small = createLeftovers({ collect, forget, soon: (act) => act() })
  for (let sample = 0; sample < 100; sample++) small.sampled(20, { followed: true })
  expect(collections).toBe(5)
})

test('samples that are taken before the collection comes share it', () => {
  const waiting: (() => void)[] = []
  let collections = 0
  const leftovers = createLeftovers({
    collect: () => void collections++,
    forget,
    soon: (act) => void waiting.push(act),
  })
  for (let sample = 0; sample < 3; sample++) leftovers.sampled(500, { followed: true })
  for (const act of waiting.splice(0)) act()
  expect(collections).toBe(1)
  leftovers.sampled(500, { followed: true })
  for (const act of waiting.splice(0)) act()
  expect(collections).toBe(2)
})

test('what was kept for viewers goes with the last of them, whatever the size of the pod', () => {
  let collections = 0
  const leftovers = createLeftovers({
    collect: () => void collections++,
    forget,
    soon: (act) => act(),
  })
  leftovers.sampled(1, { followed: true })
  expect(collections).toBe(0)
  leftovers.left()
  expect(collections).toBe(1)
})

test('code is forgotten while nobody follows', () => {
  let forgotten = 0
  const leftovers = createLeftovers({
    collect: () => {},
    forget: () => void forgotten++,
    soon: (act) => act(),
  })
  leftovers.sampled(500, { followed: true })
  expect(forgotten).toBe(0)
  leftovers.sampled(500, { followed: false })
  expect(forgotten).toBe(1)
  leftovers.sampled(500, { followed: true })
  leftovers.left()
  expect(forgotten).toBe(2)
})
