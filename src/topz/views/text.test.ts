import { expect, test } from 'bun:test'
import { madeUpProcess } from '#topz/model/made-up-pod.ts'
import { classicText } from './text.ts'

test('classic text has four columns, padded to the left by one space, and no header', () => {
  const text = classicText([
    madeUpProcess(7, { command: 'nginx: master process', memoryOfHost: 0.0012 }),
    madeUpProcess(1234, { command: 'node  x', cpuMillicores: 1055, memoryOfHost: 0.25 }),
  ])
  expect(text).toBe('7    0.00   0.12  nginx: master process\n1234 105.50 25.00 node  x\n')
})

test('what is not known is a dash, never 0', () => {
  const process = madeUpProcess(7, { cpuMillicores: null, memoryOfHost: null })
  expect(classicText([process])).toBe('7 - - program --number 7\n')
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
