import { expect, test } from 'bun:test'
import { madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
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

test('a half-typed term hides nothing yet, and what is no field is a word', () => {
  expect(pids('c:')).toHaveLength(madeUpPod.processes.length)
  expect(pids('cpu>')).toHaveLength(madeUpPod.processes.length)
  expect(pids('cpu>5parsec pid:7')).toEqual([7])
  expect(pids('constructor:x')).toEqual([])
  expect(pids('--port')).toEqual([41])
  expect(pids('port=3000')).toEqual([])
  expect(pids('nginx:')).toEqual([7, 12, 13])
})

test('a state is named by a letter, a word or how one begins', () => {
  for (const state of ['D', 'd', 'disk-wait', 'DISK']) expect(pids(`state:${state}`)).toEqual([77])
  expect(pids('state:R')).toEqual([41, 55])
  expect(pids('state:s')).not.toContain(41)
})

test('a minus or an exclamation mark asks for the opposite', () => {
  const all = pids('')
  expect(pids('-nginx')).toEqual(all.filter((pid) => ![7, 12, 13, 55].includes(pid)))
  expect(pids('!c:app -c:nginx')).toEqual([1, 55])
  expect(pids('c:app !cpu>100m')).toEqual([40, 118])
  expect(pids('c:app -/node/')).toEqual([118])
})

test('quotes hold a text together, and make a word of anything', () => {
  expect(pids('"worker process"')).toEqual([12, 13])
  expect(pids('"-c"')).toEqual([40])
  expect(pids('"c:app"')).toEqual([])
  expect(pids('c:"nginx"')).toEqual([7, 12, 13])
})

test('a share is of the limit, of the most open files, or of the time', () => {
  const busy = madeUpProcess(1, {
    cpuOfLimit: 0.9,
    cpuWaitMillicores: 250,
    openFiles: 1000,
    diskReadBytesPerSecond: 2 ** 21,
  })
  const idle = madeUpProcess(2, {})
  const rowsOf = (filter: string): readonly number[] =>
    [busy, idle].filter((row) => filterOf(filter)(row, { labels })).map(({ pid }) => pid)
  for (const filter of ['cpu>80%', 'files>80%', 'wait>=25%', 'wait>200m', 'read>1Mi', 'read>1Mi/s'])
    expect(rowsOf(filter)).toEqual([1])
  expect(rowsOf('write!=0')).toEqual([])
  expect(rowsOf('age=5m')).toEqual([1, 2])
})

test('a pattern looks at all that words look at', () => {
  expect(pids('/worker\\.js$|^118$/')).toEqual([40, 118])
  expect(pids('/worker.js( \\w+)$/')).toEqual([77])
  expect(pids('/^node$/')).toEqual([41, 77])
  expect(pids('/usr/local/bin/node')).toEqual([41, 77])
})
