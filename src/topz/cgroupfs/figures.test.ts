import { expect, test } from 'bun:test'
import type { CgroupVersion } from './figures.ts'
import { v1 } from './v1.ts'
import { v2 } from './v2.ts'

/** The same container's files as each version writes them; one expectation holds both. */
const versions: readonly (readonly [string, CgroupVersion, Record<string, string>])[] = [
  [
    'v1',
    v1,
    {
      'cpu.cfs_quota_us': '50000\n',
      'cpu.cfs_period_us': '100000\n',
      'cpu.stat': 'nr_periods 200\nnr_throttled 76\nthrottled_time 123456789\n',
      'cpuacct.usage': '12500000000\n',
      'memory.usage_in_bytes': '73400320\n',
      'memory.limit_in_bytes': '134217728\n',
      'memory.stat':
        'cache 1\nrss 2\ninactive_file 7\nactive_file 8\ntotal_cache 9\ntotal_inactive_file 10485760\n',
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
      'pids.current': '12\n',
      'pids.max': '200\n',
    },
  ],
  [
    'v2',
    v2,
    {
      'cpu.max': '50000 100000\n',
      'cpu.stat':
        'usage_usec 12500000\nuser_usec 1\nsystem_usec 2\nnr_periods 200\nnr_throttled 76\nthrottled_usec 5\n',
      'memory.current': '73400320\n',
      'memory.max': '134217728\n',
      'memory.stat': 'anon 5\nfile 6\nkernel 7\ninactive_file 10485760\nactive_file 9\n',
      'memory.events': 'low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n',
      'pids.current': '12\n',
      'pids.max': '200\n',
    },
  ],
]

for (const [name, version, files] of versions) {
  const figures = (changed: Record<string, string> = {}) =>
    version.figures((file) => ({ ...files, ...changed })[file] ?? 'not-offered')

  test(`${name}: usage, limits, throttling and kills are read`, () => {
    expect(figures()).toMatchObject({
      cpuSeconds: 12.5,
      cpuLimitMillicores: 500,
      cpuPeriods: 200,
      throttledPeriods: 76,
      memoryBytes: 62914560,
      memoryLimitBytes: 134217728,
      oomKills: 2,
      pids: 12,
      pidsLimit: 200,
    })
  })

  test(`${name}: no limit is a reason and not a number`, () => {
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

  test(`${name}: more inactive file pages than usage is a working set of 0`, () => {
    const changed = { 'memory.usage_in_bytes': '4096\n', 'memory.current': '4096\n' }
    expect(figures(changed).memoryBytes).toBe(0)
  })

  test(`${name}: a file that is hidden, empty or nonsense is a reason`, () => {
    const hidden = version.figures(() => 'another-user')
    expect(new Set(Object.values(hidden))).toEqual(new Set(['another-user']))
    const nonsense = version.figures(() => '\n')
    expect(Object.values(nonsense).every((figure) => typeof figure === 'string')).toBe(true)
  })

  test(`${name}: each figure is read from a file that is opened`, () => {
    expect(version.files.map((file) => file.name).sort()).toEqual(Object.keys(files).sort())
  })
}
