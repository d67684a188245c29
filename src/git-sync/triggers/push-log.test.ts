import { expect, test } from 'bun:test'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import type { Decision } from './push-answers.ts'
import { pushLog } from './push-log.ts'

function logOf(): {
  tell(decision: Decision, atMs: number): void
  lines: Record<string, unknown>[]
} {
  const lines: Record<string, unknown>[] = []
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>)
  let nowMs = 0
  const log = createLog({ verbosity: 0, clock: systemClock, write })
  const tell = pushLog(log, { monotonicMs: () => nowMs })
  return {
    lines,
    tell(decision, atMs) {
      nowMs = atMs
      tell(decision, { host: 'bitbucket', from: '192.0.2.7' })
    },
  }
}

test.each([
  [{ verdict: 'unproven', why: 'it is signed with another secret' }, 'a delivery is refused'],
  [{ verdict: 'busy', why: 'too many are being read' }, 'a delivery is refused'],
  [{ verdict: 'no_secret', why: 'it is not there' }, 'a delivery is refused'],
  [{ verdict: 'ping' }, 'a git host asks whether somebody is here'],
] as const)('what anybody can send has one line a second: %o', (decision, msg) => {
  const { tell, lines } = logOf()
  for (let ms = 0; ms < 1_000; ms += 10) tell(decision, ms)
  expect(lines).toHaveLength(1)
  tell(decision, 1_000)
  expect(lines).toHaveLength(2)
  expect(lines[1]).toMatchObject({ msg, host: 'bitbucket' })
})

test('the lines that were kept back are counted', () => {
  const { tell, lines } = logOf()
  for (const ms of [0, 1, 2, 1_000, 2_000]) tell({ verdict: 'unproven' }, ms)
  expect(lines.map(({ untold }) => untold)).toEqual([undefined, 2, undefined])
})

test('what anybody sends hides nothing of another kind', () => {
  const { tell, lines } = logOf()
  for (const verdict of ['unproven', 'no_secret', 'ping', 'busy'] as const) tell({ verdict }, 0)
  expect(lines).toHaveLength(4)
})

test('a secret that is missing for another reason is told at once', () => {
  const { tell, lines } = logOf()
  for (const why of ['it is empty', 'it is not there', 'it is empty']) {
    tell({ verdict: 'no_secret', why }, 0)
  }
  expect(lines.map(({ error }) => error)).toEqual(['it is empty', 'it is not there'])
})

test('each proven delivery has its line', () => {
  const { tell, lines } = logOf()
  for (const verdict of ['synchronising', 'seen', 'other_ref', 'other_event'] as const) {
    tell({ verdict }, 0)
    tell({ verdict }, 0)
  }
  expect(lines).toHaveLength(8)
})
