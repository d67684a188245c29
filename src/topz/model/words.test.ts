import { expect, test } from 'bun:test'
import { ago, called, counted, inPercent, lasting } from './words.ts'

test('a time is said in its largest unit, never rounded up to one more', () => {
  const seconds = [0, 0.04, 0.25, 9.94, 9.96, 59.9, 60, 3599, 3600, 86_399, 86_400, 200_000]
  expect(seconds.map((each) => lasting(each))).toEqual([
    'a moment',
    'a moment',
    '0.3 s',
    '9.9 s',
    '9 s',
    '59 s',
    '1 min',
    '59 min',
    '1 h',
    '23 h',
    '1 d',
    '2 d',
  ])
  expect([ago(0), ago(1.9), ago(4.6), ago(200)]).toEqual([
    'just now',
    'just now',
    '4 s ago',
    '3 min ago',
  ])
})

test('one is one, two are many, and a process without a name is only a process', () => {
  expect([counted(1, 'kill'), counted(2, 'kill'), counted(0, 'process', 'processes')]).toEqual([
    '1 kill',
    '2 kills',
    '0 processes',
  ])
  expect([called({ name: 'sh', pid: 7 }), called({ name: '', pid: 7 })]).toEqual([
    'sh (PID 7)',
    'a process (PID 7)',
  ])
  expect(inPercent(0.976)).toBe('98 %')
})
