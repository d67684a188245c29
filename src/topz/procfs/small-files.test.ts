import { expect, test } from 'bun:test'
import { parseAuxv } from './auxv.ts'
import { parseCgroup } from './cgroup.ts'
import { maxOpenFiles, parseLimits } from './limits.ts'
import { memTotalBytes } from './meminfo.ts'
import { parsePasswd } from './passwd.ts'
import { readBytes, readText } from './read-file.ts'
import { parseUptime } from './uptime.ts'

test('cgroup lines keep colons in paths and lose the mark of a deleted group', () => {
  expect(parseCgroup('12:cpu,cpuacct:/a:b\n1:name=systemd:/s\n0::/gone (deleted)\n')).toEqual([
    { controllers: ['cpu', 'cpuacct'], path: '/a:b' },
    { controllers: ['name=systemd'], path: '/s' },
    { controllers: [], path: '/gone' },
  ])
})

test('the host has its memory in kibibytes', () => {
  expect(memTotalBytes('MemTotal:       24683924 kB\nMemFree:         103892 kB\n')).toBe(
    24683924 * 1024,
  )
  expect(memTotalBytes('')).toBeNull()
})

test('uptime is the first number, or unknown', () => {
  expect(parseUptime('2455.26 4800.10\n')).toBe(2455.26)
  expect(parseUptime('')).toBeNull()
})

test('the soft limit of open files is a number, unlimited or unknown', () => {
  const limits = 'Max processes  95 95 processes\nMax open files            1024  524288  files\n'
  expect(maxOpenFiles(limits)).toBe(1024)
  expect(maxOpenFiles('Max open files unlimited unlimited files')).toBe(Number.POSITIVE_INFINITY)
  expect(maxOpenFiles('')).toBeNull()
})

test('every limit has its name, both values and its unit', () => {
  const limits = parseLimits(readText('/proc/self/limits', 65536))
  expect(limits.length).toBe(16)
  expect(limits.find(({ name }) => name === 'Max stack size')?.unit).toBe('bytes')
  expect(limits.find(({ name }) => name === 'Max nice priority')).toMatchObject({ unit: '' })
  const files = limits.find(({ name }) => name === 'Max open files')
  expect(files?.soft).toBe(maxOpenFiles(readText('/proc/self/limits', 65536)) ?? -1)
  expect(files?.hard).toBeGreaterThanOrEqual(files?.soft ?? 0)
})

test('the first user of a uid wins, nonsense lines are passed over', () => {
  const users = parsePasswd(
    'root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:\n\n+::::::\nnginx:x:101:101::/:\n',
  )
  expect([...users]).toEqual([
    [0, 'root'],
    [101, 'nginx'],
  ])
})

test("this machine's auxiliary vector agrees with getconf", () => {
  const getconf = (name: string): number =>
    Number(Bun.spawnSync(['getconf', name]).stdout.toString())
  expect(parseAuxv(readBytes('/proc/self/auxv', 4096))).toEqual({
    pageBytes: getconf('PAGESIZE'),
    ticksPerSecond: getconf('CLK_TCK'),
  })
})

test('without an auxiliary vector the usual values hold', () => {
  expect(parseAuxv(Buffer.alloc(0))).toEqual({ pageBytes: 4096, ticksPerSecond: 100 })
})

test('a pipe that another container put in the place of a file holds nobody up', () => {
  const pipe = `/tmp/sidecars-pipe-${process.pid}`
  Bun.spawnSync(['mkfifo', pipe])
  try {
    expect(() => readBytes(pipe, 4096)).toThrow('ESPIPE')
  } finally {
    Bun.spawnSync(['rm', '-f', pipe])
  }
})
