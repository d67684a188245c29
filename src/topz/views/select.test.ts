import { expect, test } from 'bun:test'
import { madeUpPod } from '#topz/model/made-up-pod.ts'
import { select } from './select.ts'

function pids(query: string): readonly number[] | string {
  const selection = select(madeUpPod, new URLSearchParams(query))
  if ('says' in selection) return `${selection.status} ${selection.says}`
  return selection.processes.slice(0, selection.most).map(({ pid }) => pid)
}

test('without a question all rows come, PID ascending', () => {
  expect(pids('')).toEqual([1, 7, 12, 13, 40, 41, 55, 77, 118])
  expect(pids('wide')).toEqual(pids(''))
  expect(pids('time=now')).toEqual(pids(''))
})

test('sort takes the names of columns: large amounts first, unknown ones last', () => {
  expect(pids('sort=cpu&n=3')).toEqual([41, 77, 12])
  expect(pids('sort=mem')).toEqual([41, 77, 55, 12, 13, 1, 40, 7, 118])
  expect(pids('sort=pid&n=2')).toEqual([1, 7])
  expect(pids('sort=user&n=1')).toEqual([1])
  expect(pids('sort=-mem')).toEqual(pids('sort=mem'))
  expect(pids('sort=-pid&n=2')).toEqual([118, 77])
})

test('equal ones stand by PID, whatever order they come in', () => {
  const shuffled = { ...madeUpPod, processes: madeUpPod.processes.toReversed() }
  for (const sort of ['threads', 'state', 'container', '-user']) {
    const query = new URLSearchParams({ sort })
    expect(select(shuffled, query)).toEqual(select(madeUpPod, query))
  }
})

test('c keeps the rows of one container, q those that fit a filter', () => {
  expect(pids('c=nginx')).toEqual([7, 12, 13])
  expect(pids('c=nginx&sort=cpu&n=1')).toEqual([12])
  expect(pids('q=cpu>100m -images')).toEqual([41])
  expect(pids('c=app&q=/^node$/&sort=-pid')).toEqual([77, 41])
})

test('wide takes a width, cols the columns, and cols alone is wide', () => {
  const form = (query: string) => {
    const selection = select(madeUpPod, new URLSearchParams(query))
    return 'says' in selection ? selection.says : [selection.width, selection.columns]
  }
  expect(form('')).toEqual([null, null])
  expect(form('wide')).toEqual([0, null])
  expect(form('wide=1')).toEqual([0, null])
  expect(form('wide=80')).toEqual([80, null])
  expect(form('cols=pid,mem,pid')).toEqual([0, ['pid', 'rssBytes']])
  expect(form('wide=120&cols=command')).toEqual([120, ['command']])
})

test('a question without an answer is told what is wrong, where, and what there is', () => {
  expect(pids('c=ngin')).toBe(
    '404 Cannot show c="ngin": no such container; there are app, nginx, topz, pause',
  )
  expect(pids('sort=__proto__')).toStartWith(
    '400 Cannot sort by "__proto__": no column "__proto__"; take container, pid, user, state, cpu,',
  )
  expect(pids('cols=pid,cpus')).toStartWith(
    '400 Cannot show cols="pid,cpus": no column "cpus"; take container,',
  )
  expect(pids('n=-1')).toBe('400 Cannot show n="-1" rows: no whole number; write n=10')
  expect(pids('wide=7')).toBe(
    '400 Cannot write wide="7" text: no width from 40 to 9999; write wide or wide=80',
  )
  expect(pids('q=nginx cpu>5parsec')).toBe(
    '400 Cannot read q at character 12, "parsec": cpu takes a number alone or with m, %',
  )
  expect(pids('n=0')).toEqual([])
})

test('what somebody typed, and names of containers, stay on one line when told', () => {
  const [first] = madeUpPod.containers
  const odd = { ...madeUpPod, containers: first ? [{ ...first, label: 'a\u001b[31m' }] : [] }
  expect(select(odd, new URLSearchParams({ c: `b\n${'x'.repeat(500)}` }))).toEqual({
    status: 404,
    says: `Cannot show c="b␊${'x'.repeat(58)}…": no such container; there are a␛[31m`,
  })
})
