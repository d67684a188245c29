import { expect, test } from 'bun:test'
import { later, madeUpPod } from '#topz/model/made-up-pod.ts'
import { Recent } from './trails.ts'

test('a minute is kept of what is there, and nothing of what is gone', () => {
  const recent = new Recent()
  let table = madeUpPod
  for (let moment = 0; moment < 100; moment++) {
    recent.note(table)
    table = later(table)
  }
  const [first] = madeUpPod.processes
  if (first === undefined) throw new Error('The made-up pod has no process')
  expect(recent.ofProcess(first.key).cpu).toHaveLength(60)
  expect(recent.ofContainer('app-id').memory.at(-1)).toBe(471 * 2 ** 20)

  recent.note(later(table, { processes: madeUpPod.processes.slice(1) }))
  expect(recent.ofProcess(first.key).cpu).toEqual([])
  expect(recent.ofContainer('app-id').cpu).toHaveLength(60)
})

test('a moment is noted once, and one of the past not at all', () => {
  const recent = new Recent()
  recent.note(later(madeUpPod))
  recent.note(later(madeUpPod))
  recent.note(madeUpPod)
  expect(recent.ofContainer('app-id').cpu).toEqual([1213])
})
