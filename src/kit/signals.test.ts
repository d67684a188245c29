import { expect, test } from 'bun:test'
import { signalName, signalNumber } from './signals.ts'

test('a signal has its name, the name without SIG, and its number', () => {
  for (const text of ['SIGHUP', 'HUP', '1', '0x1', '+1']) expect(signalNumber(text)).toBe(1)
  expect(signalName(12)).toBe('SIGUSR2')
})

test('what is no signal is none', () => {
  for (const text of ['', '0', '-1', '99', 'sighup', 'SIG', 'SIGSIGHUP', 'toString', '1.0']) {
    expect(signalNumber(text)).toBeNull()
  }
  expect(signalName(0)).toBeNull()
})
