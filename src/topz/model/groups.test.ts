import { expect, test } from 'bun:test'
import { groupsOf } from './groups.ts'
import { madeUpPod, madeUpProcess } from './made-up-pod.ts'

test('groups are by container or by program, with their sums', () => {
  const byContainer = groupsOf(madeUpPod.processes, 'container')
  expect(byContainer.map(({ key, sums }) => [key, sums.processes])).toEqual([
    ['pause-id', 1],
    ['nginx-id', 3],
    ['app-id', 4],
    ['topz-id', 1],
  ])
  const nginx = byContainer[1]?.sums
  expect(nginx).toMatchObject({ threads: 3, cpuMillicores: 62.2, ageSeconds: 270_000 })
  const programs = groupsOf(madeUpPod.processes, 'program').map(({ key }) => key)
  expect(programs).toEqual(['pause', 'nginx', 'sh', 'node', 'topz', 'dumb-init'])
})

test('a sum is of what is known, and has a reason when nothing is', () => {
  const hidden = { rssBytes: null, unknown: { rssBytes: 'another-user' } } as const
  const sumsOf = (...abouts: readonly Parameters<typeof madeUpProcess>[1][]) =>
    groupsOf(
      abouts.map((about, at) => madeUpProcess(at + 1, about)),
      'container',
    )[0]?.sums
  expect(sumsOf(hidden, { rssBytes: 7 })).toMatchObject({ rssBytes: 7, unknown: {} })
  expect(sumsOf(hidden, hidden)).toMatchObject({
    rssBytes: null,
    unknown: { rssBytes: 'another-user' },
  })
})

test('shares of limits add up within one container only', () => {
  const of = (container: string) =>
    madeUpProcess(1, { container, cpuOfLimit: 0.25, memoryOfLimit: 0.5 })
  expect(groupsOf([of('a'), of('a')], 'program')[0]?.sums).toMatchObject({
    cpuOfLimit: 0.5,
    memoryOfLimit: 1,
  })
  expect(groupsOf([of('a'), of('b')], 'program')[0]?.sums).toMatchObject({
    cpuOfLimit: null,
    unknown: { cpuOfLimit: 'not-offered', memoryOfLimit: 'not-offered' },
  })
})
