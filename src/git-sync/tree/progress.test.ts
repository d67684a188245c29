import { expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { barOf, tellProgress } from './progress.ts'

test('what git counts is a bar', () => {
  expect(barOf('Receiving objects:  42% (420/1000), 1.20 MiB | 2.00 MiB/s')).toBe(
    '[########            ]  42% Receiving objects 420/1000, 1.20 MiB | 2.00 MiB/s',
  )
  expect(barOf('remote: Counting objects: 100% (3/3), done.')).toBe(
    '[####################] 100% Counting objects 3/3',
  )
  expect(barOf('Updating files:   0% (1/50000)')).toBe(
    '[                    ]   0% Updating files 1/50000',
  )
  expect(barOf('From https://host/repo')).toBeNull()
})

test('on a terminal the bar stands below the lines, and goes at the end', () => {
  let screen = ''
  const log = createLog({
    verbosity: 0,
    clock: systemClock,
    readable: true,
    write: (line) => {
      screen += `${line}\n`
    },
    draw: (text) => {
      screen += text
    },
  })
  const progress = tellProgress({ log, clock: systemClock, doing: 'fetching' })
  progress.line('Receiving objects:  50% (1/2)')
  log.info('hello')
  progress.end()
  const bar = `fetching ${barOf('Receiving objects:  50% (1/2)')}`
  expect(screen.replace(/\d\d:\d\d:\d\d\.\d{3}/, 'TIME')).toBe(
    `\r\x1b[K${bar}\r\x1b[KTIME hello\n${bar}\r\x1b[K`,
  )
})

test('where no terminal is, a bar is nothing', () => {
  const lines: string[] = []
  const log = createLog({
    verbosity: 0,
    clock: systemClock,
    write: (line) => void lines.push(line),
  })
  const progress = tellProgress({ log, clock: systemClock, doing: 'fetching' })
  progress.line('Receiving objects:  50% (1/2)')
  progress.end()
  expect(lines).toEqual([])
})
