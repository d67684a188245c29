import { expect, test } from 'bun:test'
import { madeUpPod } from '#topz/model/made-up-pod.ts'
import { filterOf } from './filter.ts'
import { labelsByKey } from './order.ts'

const labels = labelsByKey(madeUpPod)

function pids(filter: string): readonly number[] {
  const fits = filterOf(filter)
  return madeUpPod.processes.filter((process) => fits(process, { labels })).map(({ pid }) => pid)
}

test('nothing fits everything', () => {
  expect(pids('')).toHaveLength(madeUpPod.processes.length)
  expect(pids('   ')).toHaveLength(madeUpPod.processes.length)
})

test('words are part of command, name, user, container or PID, and all must fit', () => {
  expect(pids('worker')).toEqual([12, 13, 40, 77])
  expect(pids('WORKER node')).toEqual([40, 77])
  expect(pids('118')).toEqual([118])
})

test('fields are exact', () => {
  expect(pids('c:nginx')).toEqual([7, 12, 13])
  expect(pids('c:ngin')).toEqual([])
  expect(pids('user:root')).toEqual([118])
  expect(pids('state:disk-wait')).toEqual([77])
  expect(pids('pid:7')).toEqual([7])
})

test('amounts compare in the units they are shown in', () => {
  expect(pids('cpu>100m')).toEqual([41, 77])
  expect(pids('cpu>0.5')).toEqual([41])
  expect(pids('mem>50%')).toEqual([41])
  expect(pids('mem>=96Mi')).toEqual([41, 77])
  expect(pids('threads>4 age<1d')).toEqual([41, 77])
  expect(pids('age>=3d')).toEqual([7, 12, 13, 55])
})

test('what is unknown fits no comparison', () => {
  expect(pids('user:root mem>=0')).toEqual([])
  expect(pids('user:root mem<1Gi')).toEqual([])
})

test('a half-typed expression hides nothing yet, and nonsense is a word', () => {
  expect(pids('c:')).toHaveLength(madeUpPod.processes.length)
  expect(pids('cpu>')).toHaveLength(madeUpPod.processes.length)
  expect(pids('cpu>5parsec')).toEqual([])
  expect(pids('constructor:x')).toEqual([])
  expect(pids('--port')).toEqual([41])
})
