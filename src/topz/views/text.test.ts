import { expect, test } from 'bun:test'
import { madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import { classicText, wideText } from './text.ts'

test('classic text has four columns, padded to the left by one space, and no header', () => {
  const text = classicText([
    madeUpProcess(7, { command: 'nginx: master process', memoryOfHost: 0.0012 }),
    madeUpProcess(1234, { command: 'node  x', cpuMillicores: 1055, memoryOfHost: 0.25 }),
  ])
  expect(text).toBe('7    0.00   0.12  nginx: master process\n1234 105.50 25.00 node  x\n')
})

test('what is not known is a dash in both texts, never 0', () => {
  const process = madeUpProcess(7, { cpuMillicores: null, memoryOfHost: null, rssBytes: null })
  expect(classicText([process])).toBe('7 - - program --number 7\n')
  const [, row] = wideText(madeUpPod, [process]).split('\n')
  expect(row?.split(/ +/).slice(0, 7)).toEqual(['app', '7', 'app', 'sleeping', '-', '-', '1'])
})

test('a hostile command cannot make a second line', () => {
  const process = madeUpProcess(7, { command: 'x\n1 0.00 0.00 init\u001b[2J\u202e' })
  const text = classicText([process])
  expect(text.trimEnd().split('\n')).toHaveLength(1)
  expect(text).toContain('x␊1 0.00 0.00 init␛[2J<U+202E>')
})

test('nobody at all is an empty text', () => {
  expect(classicText([])).toBe('')
})

test('wide text has a header and no value with a space but the command', () => {
  const lines = wideText(madeUpPod, madeUpPod.processes).trimEnd().split('\n')
  expect(lines[0]?.split(/ +/)).toEqual(
    'CONTAINER PID USER STATE CPU MEMORY THREADS FILES AGE COMMAND'.split(' '),
  )
  const row = lines.find((line) => line.includes('--port')) ?? ''
  expect(row.split(/ +/).slice(0, 10)).toEqual(
    'app 41 app running 812m 302Mi 31 214 5min /usr/local/bin/node'.split(' '),
  )
  const start = lines[0]?.indexOf('COMMAND') ?? 0
  for (const line of lines) expect(line.slice(start - 1)).toMatch(/^ \S/)
})
