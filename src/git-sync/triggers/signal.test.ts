import { expect, test } from 'bun:test'
import { ringOnSignal, wrongWithSignal } from './signal.ts'

test('a signal is named in three ways, and none is the default', () => {
  for (const text of ['', 'SIGHUP', 'HUP', '1', 'USR1', '12', 'SIGQUIT']) {
    expect(wrongWithSignal(text)).toBeNull()
  }
})

test('what is no signal is refused, and so is one that has another meaning', () => {
  for (const text of ['0', '99', '40', '-1', 'hup', 'SIGNOPE']) {
    expect(wrongWithSignal(text)).toContain('is no signal')
  }
  expect(wrongWithSignal('KILL')).toContain('no program can wait for it')
  expect(wrongWithSignal('19')).toContain('cannot be SIGSTOP')
  expect(wrongWithSignal('SIGTERM')).toContain('it stops this program')
  expect(wrongWithSignal('INT')).toContain('it stops this program')
  expect(wrongWithSignal('CHLD')).toContain('it comes with the end of each git')
  expect(wrongWithSignal('6')).toContain('cannot be SIGABRT')
})

test('nothing waits for a signal that nobody named', () => {
  const waited: number[] = []
  const rung: string[] = []
  const bell = { ring: (by: string) => void rung.push(by), wait: async () => null }
  const onSignal = (number: number, act: () => void): void => {
    waited.push(number)
    act()
  }
  ringOnSignal('', { onSignal, bell })
  expect(waited).toEqual([])
  ringOnSignal('USR1', { onSignal, bell })
  expect(waited).toEqual([10])
  expect(rung).toEqual(['SIGUSR1'])
})
