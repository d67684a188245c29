import { expect, test } from 'bun:test'
import { fileKindOf } from './file-kind.ts'
import { parseSmapsRollup } from './smaps-rollup.ts'

const rollup = `55d0c7a5e000-7ffd2d3f1000 ---p 00000000 00:00 0                          [rollup]
Rss:                1796 kB
Pss:                 270 kB
Pss_Dirty:           148 kB
Private_Clean:        12 kB
Private_Dirty:       148 kB
Swap:                  4 kB
SwapPss:               0 kB
`

test('exact memory is told in bytes, and not for a zombie', () => {
  expect(parseSmapsRollup(rollup)).toEqual({
    pssBytes: 270 * 1024,
    ussBytes: 160 * 1024,
    swapBytes: 4096,
  })
  expect(parseSmapsRollup('')).toBeNull()
})

test('an open file is known by where its link leads', () => {
  expect(
    [
      '/etc/hosts',
      '/tmp/x (deleted)',
      '/dev/null',
      'socket:[5]',
      'pipe:[6]',
      'anon_inode:[eventpoll]',
      '/memfd:x (deleted)',
    ].map(fileKindOf),
  ).toEqual(['file', 'deleted', 'device', 'socket', 'pipe', 'anonymous', 'anonymous'])
})
