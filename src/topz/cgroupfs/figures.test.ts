import { describe, expect, test } from 'bun:test'
import type { CgroupFigures, CgroupVersion } from './figures.ts'
import { grownBy, noFigures } from './figures.ts'
import { v1 } from './v1.ts'
import { v2 } from './v2.ts'

const pressure = {
  'cpu.pressure': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n',
  'memory.pressure': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=250000\nfull total=3\n',
  'io.pressure': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull total=0\n',
}

/** The same container's files as each version writes them; one expectation holds both. */
const versions: readonly (readonly [string, CgroupVersion, Record<string, string>])[] = [
  [
    'v1',
    v1,
    {
      'cpu.cfs_quota_us': '50000\n',
      'cpu.cfs_period_us': '100000\n',
      'cpu.stat': 'nr_periods 200\nnr_throttled 76\nthrottled_time 4500000000\n',
      'cpuacct.usage': '12500000000\n',
      'memory.usage_in_bytes': '73400320\n',
      'memory.limit_in_bytes': '134217728\n',
      'memory.max_usage_in_bytes': '99000000\n',
      'memory.failcnt': '9\n',
      'memory.kmem.usage_in_bytes': '4000000\n',
      'memory.stat': `cache 1\nrss 2\nshmem 3\ninactive_file 7\nactive_file 8
total_cache 9\ntotal_rss 50000000\ntotal_shmem 900000
total_inactive_file 10485760\ntotal_active_file 8000000\n`,
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
      'pids.current': '12\n',
      'pids.max': '200\n',
      'blkio.throttle.io_service_bytes_recursive':
        '8:0 Read 8192\n8:0 Write 512\n8:0 Total 8704\nTotal 8704\n',
      ...pressure,
    },
  ],
  [
    'v2',
    v2,
    {
      'cpu.max': '50000 100000\n',
      'cpu.stat':
        'usage_usec 12500000\nuser_usec 1\nnr_periods 200\nnr_throttled 76\nthrottled_usec 4500000\n',
      'memory.current': '73400320\n',
      'memory.max': '134217728\n',
      'memory.peak': '99000000\n',
      'memory.stat': `anon 50000000\nfile 19385760\nkernel 3900000\nslab 7\nsock 100000\nshmem 900000
inactive_file 10485760\nactive_file 8000000\n`,
      'memory.events': 'low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n',
      'pids.current': '12\n',
      'pids.max': '200\n',
      'io.stat': '8:0 rbytes=8192 wbytes=512 rios=1 wios=1 dbytes=0 dios=0\n',
      ...pressure,
    },
  ],
]

for (const [name, version, files] of versions) {
  const figures = (changed: Record<string, string> = {}): CgroupFigures =>
    version.figures((file) => ({ ...files, ...changed })[file] ?? 'not-offered')

  describe(name, () => {
    test('has every figure, and the parts of memory add up to the usage', () => {
      const read = figures()
      expect(read).toEqual({
        cpuSeconds: 12.5,
        cpuLimitMillicores: 500,
        cpuPeriods: 200,
        throttledPeriods: 76,
        throttledSeconds: 4.5,
        memoryBytes: 62914560,
        memoryLimitBytes: 134217728,
        memoryUsageBytes: 73400320,
        memoryPeakBytes: 99000000,
        memoryAnonBytes: 50000000,
        memoryShmemBytes: 900000,
        memoryKernelBytes: 4000000,
        memoryActiveFileBytes: 8000000,
        memoryInactiveFileBytes: 10485760,
        memoryLimitHits: 9,
        oomKills: 2,
        pids: 12,
        pidsLimit: 200,
        cpuPressureSeconds: 1.5,
        memoryPressureSeconds: 0.25,
        ioPressureSeconds: 0,
        diskReadBytes: 8192,
        diskWrittenBytes: 512,
      })
      const parts = [
        read.memoryAnonBytes,
        read.memoryShmemBytes,
        read.memoryKernelBytes,
        read.memoryActiveFileBytes,
        read.memoryInactiveFileBytes,
      ]
      const sum = parts.reduce<number>((sum, part) => sum + Number(part), 0)
      expect(sum / Number(read.memoryUsageBytes)).toBeCloseTo(1, 2)
    })

    test('no limit is a reason and not a number', () => {
      const unlimited = figures({
        'cpu.cfs_quota_us': '-1\n',
        'cpu.max': 'max 100000\n',
        'memory.limit_in_bytes': '9223372036854771712\n',
        'memory.max': 'max\n',
        'pids.max': 'max\n',
      })
      expect(unlimited).toMatchObject({
        cpuLimitMillicores: 'no-limit',
        memoryLimitBytes: 'no-limit',
        pidsLimit: 'no-limit',
      })
    })

    test('more inactive file pages than usage is a working set of 0', () => {
      const changed = { 'memory.usage_in_bytes': '4096\n', 'memory.current': '4096\n' }
      expect(figures(changed).memoryBytes).toBe(0)
    })

    test('a file that is hidden, switched off or nonsense is a reason', () => {
      const hidden = version.figures(() => 'another-user')
      expect(new Set(Object.values(hidden))).toEqual(new Set(['another-user']))
      const off = version.figures((file) =>
        file.endsWith('.pressure') ? 'switched-off' : (files[file] ?? 'not-offered'),
      )
      expect(off).toMatchObject({ cpuPressureSeconds: 'switched-off', oomKills: 2 })
      const nonsense = version.figures(() => 'nonsense\n')
      expect(Object.values(nonsense).every((figure) => typeof figure === 'string')).toBe(true)
    })

    test('each figure is read from a file that is opened', () => {
      expect(version.files.map((file) => file.name).sort()).toEqual(Object.keys(files).sort())
    })
  })
}

test('a kernel that does not add its own memory up has it added up here', () => {
  const stat = 'anon 1\nkernel_stack 10\npagetables 20\npercpu 30\nsock 40\nslab 50\nslab_x 1000\n'
  const { memoryKernelBytes } = v2.figures((file) =>
    file === 'memory.stat' ? stat : 'not-offered',
  )
  expect(memoryKernelBytes).toBe(150)
})

test('counters of a group that has ended are the latest, the rest is what it was before', () => {
  const before = { ...noFigures('not-offered'), oomKills: 1, memoryPeakBytes: 9, memoryBytes: 5 }
  const after = { ...noFigures('ended'), oomKills: 2, memoryBytes: 0 }
  expect(grownBy(before, after)).toEqual({ ...before, oomKills: 2 })
})
