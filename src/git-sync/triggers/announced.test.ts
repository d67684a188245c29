import { expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { createAnnounced } from './announced.ts'

const ref = 'refs/heads/main'
const [before, next, later] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
]
const unmoved = { commit: before, isNew: false }

function announcedAt(followed = 'main') {
  const time = { ms: 0 }
  const lines: unknown[] = []
  const clock = { ...systemClock, monotonicMs: () => time.ms }
  const log = { info: (_message: string, fields = {}) => void lines.push(fields) }
  return { announced: createAnnounced(followed, { clock, log }), time, lines }
}

test('what was announced is looked for faster at first, and not after ten seconds', () => {
  const { announced, time, lines } = announcedAt()
  announced.expect([{ ref, commit: next }])
  const pauses: number[] = []
  for (;;) {
    announced.passBegins()
    const pauseMs = announced.pauseMs(unmoved)
    if (pauseMs === null) break
    pauses.push(pauseMs)
    time.ms += pauseMs
  }
  expect(pauses.slice(0, 6)).toEqual([100, 200, 400, 800, 1000, 1000])
  expect(time.ms).toBeGreaterThanOrEqual(10_000)
  expect(time.ms).toBeLessThan(11_000)
  expect(lines).toEqual([{ ref, commit: next }])
  announced.passBegins()
  expect(announced.pauseMs(unmoved)).toBeNull()
})

test('what is seen, or anything else that is new, is the end of it', () => {
  for (const seen of [
    { commit: next, isNew: true },
    { commit: next, isNew: false },
    { commit: later, isNew: true },
  ]) {
    const { announced, lines } = announcedAt()
    announced.expect([{ ref, commit: next }])
    announced.passBegins()
    expect(announced.pauseMs(seen)).toBeNull()
    announced.passBegins()
    expect(announced.pauseMs(unmoved)).toBeNull()
    expect(lines).toEqual([])
  }
})

test('of two pushes told one after the other, the first one to show does not end the wait', () => {
  const { announced } = announcedAt()
  announced.expect([{ ref, commit: next }])
  announced.expect([{ ref, commit: later }])
  announced.passBegins()
  expect(announced.pauseMs({ commit: next, isNew: true })).toBe(100)
  announced.passBegins()
  expect(announced.pauseMs({ commit: later, isNew: true })).toBeNull()
})

test('a pass that began before the push was told says nothing about it', () => {
  const { announced } = announcedAt()
  announced.passBegins()
  announced.expect([{ ref, commit: next }])
  expect(announced.pauseMs({ commit: later, isNew: true })).toBeNull()
  announced.passBegins()
  expect(announced.pauseMs({ commit: later, isNew: false })).toBe(100)
})

test('a deletion, a tag and a ref without its commit are not waited for', () => {
  const { announced } = announcedAt()
  for (const change of [{ ref, commit: null }, { ref }, { ref: 'refs/tags/main', commit: next }]) {
    announced.expect([change])
    announced.passBegins()
    expect(announced.pauseMs(unmoved)).toBeNull()
  }
})

test('a push that tells nothing to wait for does not end the wait for another', () => {
  const { announced } = announcedAt('HEAD')
  announced.expect([{ ref, commit: before }])
  announced.passBegins()
  expect(announced.pauseMs({ commit: before, isNew: true })).toBeNull()
  for (const other of [
    [],
    [{ ref: 'refs/tags/v1', commit: later }],
    [{ ref: 'refs/heads/other', commit: later }],
  ]) {
    announced.expect([{ ref, commit: next }])
    announced.expect(other)
    announced.passBegins()
    expect(announced.pauseMs(unmoved)).toBe(100)
  }
})

test('a deletion of the branch that is waited for ends the wait', () => {
  const { announced } = announcedAt()
  announced.expect([{ ref, commit: next }])
  announced.expect([{ ref, commit: null }])
  announced.passBegins()
  expect(announced.pauseMs(unmoved)).toBeNull()
})

test('of HEAD the branch is known once a push of it was seen', () => {
  const { announced } = announcedAt('HEAD')
  const other = [{ ref: 'refs/heads/other', commit: later }]
  announced.expect(other)
  announced.passBegins()
  expect(announced.pauseMs(unmoved)).toBe(100)
  announced.expect([{ ref, commit: next }])
  announced.passBegins()
  expect(announced.pauseMs({ commit: next, isNew: true })).toBeNull()
  announced.expect(other)
  announced.passBegins()
  expect(announced.pauseMs(unmoved)).toBeNull()
})

test('a branch at the commit that HEAD is at is not taken for the branch that HEAD is', () => {
  const main = { ref, commit: next }
  const other = { ref: 'refs/heads/other', commit: next }
  for (const deliveries of [
    [[main], [other]],
    [[other], [main]],
    [[main, other]],
    [[other, main]],
  ]) {
    const { announced } = announcedAt('HEAD')
    let isNew = true
    for (const changes of deliveries) {
      announced.expect(changes)
      announced.passBegins()
      announced.pauseMs({ commit: next, isNew })
      isNew = false
    }
    announced.expect([{ ref, commit: later }])
    announced.passBegins()
    expect(announced.pauseMs({ commit: next, isNew: false })).toBe(100)
  }
})
