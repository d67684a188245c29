import { expect, test } from 'bun:test'
import { madeUpPod } from '#topz/model/made-up-pod.ts'
import { select } from './select.ts'

function pids(query: string): readonly number[] | string {
  const selection = select(madeUpPod, new URLSearchParams(query))
  if ('says' in selection) return `${selection.status} ${selection.says}`
  return selection.processes.map(({ pid }) => pid)
}

test('without a question all rows come, PID ascending', () => {
  expect(pids('')).toEqual([1, 7, 12, 13, 40, 41, 55, 77, 118])
  expect(pids('wide')).toEqual(pids(''))
})

test('sort takes the names of columns: large amounts first, unknown ones last', () => {
  expect(pids('sort=cpu&n=3')).toEqual([41, 77, 12])
  expect(pids('sort=mem')).toEqual([41, 77, 55, 12, 13, 1, 40, 7, 118])
  expect(pids('sort=pid&n=2')).toEqual([1, 7])
  expect(pids('sort=user&n=1')).toEqual([1])
  expect(pids('sort=-mem')).toEqual(pids('sort=mem'))
  expect(pids('sort=-pid&n=2')).toEqual([118, 77])
})

test('c keeps the rows of one container', () => {
  expect(pids('c=nginx')).toEqual([7, 12, 13])
  expect(pids('c=nginx&sort=cpu&n=1')).toEqual([12])
})

test('a question without an answer is told what there is', () => {
  expect(pids('c=ngin')).toBe('404 There is no such container; there are: app, nginx, topz, pause')
  const odd = { ...madeUpPod, containers: madeUpPod.containers.slice(0, 1) }
  const [first] = odd.containers
  if (first !== undefined) odd.containers = [{ ...first, label: 'a\u001b[31m' }]
  expect(select(odd, new URLSearchParams('c=b'))).toEqual({
    status: 404,
    says: 'There is no such container; there are: a␛[31m',
  })
  expect(pids('sort=__proto__')).toBe('400 sort takes cpu, mem, pid or another column')
  expect(pids('n=-1')).toBe('400 n takes a whole number')
  expect(pids('n=0')).toEqual([])
})
