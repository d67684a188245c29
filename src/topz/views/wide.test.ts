import { expect, test } from 'bun:test'
import { later, madeUpPod, madeUpProcess } from '#topz/model/made-up-pod.ts'
import type { Process, Table } from '#topz/model/table.ts'
import { select } from './select.ts'
import { wideText } from './wide.ts'

function textOf(query: string, table: Table = madeUpPod): string {
  const selection = select(table, new URLSearchParams(query))
  if ('says' in selection) throw new Error(selection.says)
  return wideText(table, selection)
}

/** The header and the rows. */
function rowsOf(query: string, table?: Table): readonly string[] {
  return textOf(query, table)
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
}

/** The lines with `#`, below the rows. */
function footOf(query: string, table: Table): readonly string[] {
  const lines = textOf(query, table).trimEnd().split('\n')
  return lines.slice(lines.findLastIndex((line) => !line.startsWith('#')) + 1)
}

function pod(...processes: readonly Process[]): Table {
  return later(madeUpPod, { processes })
}

test('wide text says what matters, what containers use, and each process', () => {
  expect(textOf('wide&sort=cpu&n=2')).toBe(`\
# app uses 92 % of its memory limit and is throttled 38 % of the time
#
# CONTAINER        CPU      MEMORY THROTTLED OOM THREADS PROCESSES
# app         1.21/1.5 471Mi/512Mi       38%   2  42/200         4
# nginx     62.2m/500m        18Mi        0%   0   5/100         3
# topz       3.1m/100m  9.8Mi/64Mi        0%   0   5/100         1
#
CONTAINER PID USER STATE      CPU CPU% MEMORY MEM% THREADS    FILES  AGE COMMAND
app        41 app  running   812m   0%  302Mi  59%      31 214/1024 5min /usr/local/bin/node server.js --port 3000 --session-secret=•••••
app        77 app  disk-wait 401m   0%   96Mi  19%       9  58/1024 5min /usr/local/bin/node worker.js images
#
# 6 more
`)
})

test('no value holds a space but the command, and columns stand below their heading', () => {
  const [header = '', ...rows] = rowsOf('wide')
  expect(header.split(/ +/)).toEqual(
    'CONTAINER PID USER STATE CPU CPU% MEMORY MEM% THREADS FILES AGE COMMAND'.split(' '),
  )
  const row = rows.find((line) => line.includes('--port')) ?? ''
  expect(row.split(/ +/).slice(0, 12)).toEqual(
    'app 41 app running 812m 0% 302Mi 59% 31 214/1024 5min /usr/local/bin/node'.split(' '),
  )
  const start = header.indexOf('COMMAND')
  for (const line of rows) expect(line.slice(start - 1)).toMatch(/^ \S/)
})

test('the pause process stands there only when it is asked for', () => {
  expect(textOf('wide')).not.toContain('/pause')
  expect(rowsOf('wide&c=pause')).toHaveLength(2)
})

test('waiting and disks have columns when there is something to see, limits when there are some', () => {
  const heads = (about: Partial<Process>): string =>
    rowsOf('wide', pod(madeUpProcess(2, about)))[0] ?? ''
  expect(heads({})).not.toMatch(/WAITS|READ\/S|WRITE\/S/)
  expect(heads({ cpuWaitMillicores: 9.9 })).not.toContain('WAITS')
  expect(heads({ cpuWaitMillicores: 10 })).toContain(' CPU CPU% WAITS MEMORY ')
  expect(heads({ diskReadBytesPerSecond: 5 })).toContain(' READ/S  AGE ')
  expect(heads({ diskWriteBytesPerSecond: 5 })).toContain(' WRITE/S  AGE ')
  expect(heads({ cpuOfLimit: null, memoryOfLimit: null })).not.toContain('%')
})

test('what is not known is a dot, and why stands below', () => {
  const process = madeUpProcess(7, {
    cpuMillicores: null,
    rssBytes: null,
    user: null,
    unknown: { cpuMillicores: 'first-sight', rssBytes: 'another-user', user: 'another-user' },
  })
  const [, row] = rowsOf('wide', pod(process))
  expect(row?.split(/ +/).slice(0, 7)).toEqual(['app', '7', '·', 'sleeping', '·', '0%', '·'])
  expect(footOf('wide', pod(process))).toEqual([
    '#',
    '# · USER MEMORY: hidden: it runs as another user than topz',
    '# · CPU: seen for the first time: the next sample tells',
  ])
  expect(footOf('wide', pod(madeUpProcess(2, {})))).toEqual([])
})

test('thousands that look the same are one line with their number, the oldest and the first PID', () => {
  const zombie = { command: '[sleep]', name: 'sleep', state: 'zombie', rssBytes: 0 } as const
  const zombies = Array.from({ length: 2000 }, (_, at) =>
    madeUpProcess(100 + at, { ...zombie, ageSeconds: at }),
  )
  const others = [madeUpProcess(3, { command: 'a' }), madeUpProcess(4, { command: 'a' })]
  const table = pod(...others, ...zombies)
  const rows = rowsOf('wide', table)
  expect(rows).toHaveLength(4)
  expect(rows[3]?.split(/ +/).slice(1)).toEqual(
    '100 app zombie 0m 0% 0B 0.8% 1 14/1024 33min ×2000 [sleep]'.split(' '),
  )
  expect(footOf('wide', table)).toEqual([
    '#',
    '# ×3: three that differ by PID and age only; ?each shows each',
  ])
  expect(rowsOf('wide&each', table)).toHaveLength(2003)
  expect(rowsOf('cols=pid,cpu', table)).toHaveLength(2003)
  expect(footOf('wide&n=1', table)).toEqual(['#', '# 2 more'])
})

test('a width drops columns and cuts lines, so that none is longer', () => {
  const long = madeUpProcess(4_000_000, {
    command: `/opt/program ${'x'.repeat(500)} 日本語`,
    user: 'a-long-user-name',
    diskReadBytesPerSecond: 123_456_789,
    cpuWaitMillicores: 20,
  })
  for (const table of [madeUpPod, pod(long, ...madeUpPod.processes)]) {
    for (const width of [40, 60, 80, 100, 200]) {
      const lines = textOf(`wide=${width}`, table).trimEnd().split('\n')
      for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width)
    }
    const [header] = rowsOf('wide=80', table)
    expect(header).toMatch(/^CONTAINER +PID .* CPU .* COMMAND *$/)
  }
  expect(rowsOf('wide=80')[0]).toContain('FILES')
})

test('cols shows these columns in this order', () => {
  expect(rowsOf('cols=command,pid,time&q=pid:7')).toEqual([
    'COMMAND                                    PID TIME',
    'nginx: master process nginx -g daemon off;   7   1s',
  ])
})

test('names made to deceive stay in their column', () => {
  const [container] = madeUpPod.containers
  if (container === undefined) throw new Error('there is no container')
  const table = later(madeUpPod, {
    verdict: 'a\nb',
    containers: [{ ...container, label: 'a b\u202e' }],
    processes: [madeUpProcess(2, { user: 'x y\n', command: '#\r\u001b]0;x\u0007 ×9' })],
  })
  const text = textOf('wide', table)
  expect(text).toContain('# a␊b\n')
  expect(rowsOf('wide', table)[1]).toMatch(/^a␠b<U\+202E> +2 x␠y␊ .* #␍␛\]0;x␇ ×9$/)
})
