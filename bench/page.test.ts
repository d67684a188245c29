import { expect, test } from 'bun:test'
import { performancePage } from './page.ts'

test('the page tells the figures, when, where and how they were measured', () => {
  const page = performancePage({
    date: new Date('2026-02-03T04:05:06Z'),
    runs: 3,
    machine: [['git', 'git version 2.50.0']],
    measured: [
      {
        row: { what: 'poll', unit: 'ms' },
        figures: { ours: [2], beside: [], peer: [] },
        medians: { ours: 2, beside: null, peer: null },
      },
    ],
    subjects: [{ name: 'poll-http', how: 'A daemon polls.' }],
  })
  for (const part of [
    '2026-02-03',
    'Medians of 3 runs',
    '| git | git version 2.50.0 |',
    '| poll | 2 ms |',
    '* **poll-http**: A daemon polls.',
  ]) {
    expect(page).toContain(part)
  }
})
