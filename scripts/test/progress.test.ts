import { expect, test } from 'bun:test'
import { progressOf } from './progress.ts'

// as Bun 1.4.5 says it
const said = `bun test v1.4.5 (a7733435c)

src/a.test.ts:
(pass) one [0.04ms]
some chatter
(skip) two
(skip) group > (unnamed)

src/b.test.ts:
error: expected 1
(fail) three [0.23ms]

1 tests failed:
(fail) three [0.23ms]

 1 pass
 1 skip
 1 fail
Ran 3 tests across 2 files. [12.00ms]`

test('a good file is one line, a bad one says all', () => {
  const lines: string[] = []
  const progress = progressOf((line) => lines.push(line.trimEnd()))
  for (const line of said.split('\n')) progress.take(line)
  progress.end()
  expect(lines).toEqual([
    '  ok      src/a.test.ts  1 passed, 1 skipped',
    '  FAILED  src/b.test.ts  0 passed',
    '          error: expected 1',
    '          (fail) three [0.23ms]',
    '',
  ])
})
