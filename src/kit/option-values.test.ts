import { expect, test } from 'bun:test'
import { readValue } from './option-values.ts'

test('whole numbers are written as in Go: any base, a sign, underscores between digits', () => {
  const numbers: Record<string, number> = {
    '0': 0,
    '-1': -1,
    '+12': 12,
    '0x10': 16,
    '0X1f': 31,
    '017': 15,
    '0o17': 15,
    '0b101': 5,
    '1_000': 1000,
    '0x_ff': 255,
    '9007199254740991': Number.MAX_SAFE_INTEGER,
  }
  for (const [text, number] of Object.entries(numbers)) expect(readValue('int', text)).toBe(number)
  for (const text of ['', ' 1', '1.0', '1e3', '08', '0x', '1__0', '_1', '1_', '--1', 'ten']) {
    expect(readValue('int', text)).toBeNull()
  }
})

test('twelve words are booleans, and no other is', () => {
  for (const text of ['1', 't', 'T', 'TRUE', 'true', 'True']) {
    expect(readValue('bool', text)).toBe(true)
  }
  for (const text of ['0', 'f', 'F', 'FALSE', 'false', 'False']) {
    expect(readValue('bool', text)).toBe(false)
  }
  for (const text of ['', 'yes', 'no', 'on', 'tRUE', '2', 'toString']) {
    expect(readValue('bool', text)).toBeNull()
  }
})

test('numbers may have a fraction and an exponent', () => {
  expect(readValue('float', '0.5')).toBe(0.5)
  expect(readValue('float', '-.5')).toBe(-0.5)
  expect(readValue('float', '1e-3')).toBe(0.001)
  for (const text of ['', '.', '1s', '0x10', 'Infinity', '1e400'])
    expect(readValue('float', text)).toBeNull()
})

test('durations have a unit, and zero needs none', () => {
  expect(readValue('duration', '1m30s')).toBe(90_000)
  expect(readValue('duration', '0')).toBe(0)
  for (const text of ['', '10', 's', '1 s', '1d']) expect(readValue('duration', text)).toBeNull()
})
