import type { CgroupVersion, ContainerFigure } from './figures.ts'
import {
  deviceBytesIn,
  figureFrom,
  inUnits,
  keyedIn,
  limitIn,
  numberIn,
  pressureIn,
  workingSet,
} from './text.ts'

/**
 * cgroup v1, formats as in the kernel's Documentation/admin-guide/cgroup-v1. Pressure is counted in
 * the v2 hierarchy only, which hybrid machines have beside. `usage` counts the groups below too, so
 * of memory.stat the totals are taken and not the group's own.
 */
export const v1: CgroupVersion = {
  files: [
    { controller: 'cpu', name: 'cpu.cfs_quota_us' },
    { controller: 'cpu', name: 'cpu.cfs_period_us' },
    { controller: 'cpu', name: 'cpu.stat' },
    { controller: 'cpuacct', name: 'cpuacct.usage' },
    { controller: 'memory', name: 'memory.usage_in_bytes' },
    { controller: 'memory', name: 'memory.limit_in_bytes' },
    { controller: 'memory', name: 'memory.max_usage_in_bytes' },
    { controller: 'memory', name: 'memory.failcnt' },
    { controller: 'memory', name: 'memory.kmem.usage_in_bytes' },
    { controller: 'memory', name: 'memory.stat' },
    { controller: 'memory', name: 'memory.oom_control' },
    { controller: 'pids', name: 'pids.current' },
    { controller: 'pids', name: 'pids.max' },
    {
      controller: 'blkio',
      name: 'blkio.throttle.io_service_bytes_recursive',
      otherwise: 'blkio.throttle.io_service_bytes',
    },
    { controller: 'unified', name: 'cpu.pressure' },
    { controller: 'unified', name: 'memory.pressure' },
    { controller: 'unified', name: 'io.pressure' },
  ],
  told: null,
  figures(read) {
    const cpuStat = read('cpu.stat')
    const memoryStat = read('memory.stat')
    const blkio = read('blkio.throttle.io_service_bytes_recursive')
    const usage = figureFrom(read('memory.usage_in_bytes'), numberIn)
    const inactiveFile = figureFrom(memoryStat, (text) => keyedIn(text, 'total_inactive_file'))
    return {
      cpuSeconds: inUnits(figureFrom(read('cpuacct.usage'), numberIn), 1e9),
      cpuLimitMillicores: cpuLimit(
        figureFrom(read('cpu.cfs_quota_us'), numberIn),
        figureFrom(read('cpu.cfs_period_us'), numberIn),
      ),
      cpuPeriods: figureFrom(cpuStat, (text) => keyedIn(text, 'nr_periods')),
      throttledPeriods: figureFrom(cpuStat, (text) => keyedIn(text, 'nr_throttled')),
      throttledSeconds: inUnits(
        figureFrom(cpuStat, (text) => keyedIn(text, 'throttled_time')),
        1e9,
      ),
      memoryBytes: workingSet(usage, inactiveFile),
      memoryLimitBytes: figureFrom(read('memory.limit_in_bytes'), limitIn),
      memoryUsageBytes: usage,
      memoryPeakBytes: figureFrom(read('memory.max_usage_in_bytes'), numberIn),
      memoryAnonBytes: figureFrom(memoryStat, (text) => keyedIn(text, 'total_rss')),
      memoryShmemBytes: figureFrom(memoryStat, (text) => keyedIn(text, 'total_shmem')),
      memoryKernelBytes: figureFrom(read('memory.kmem.usage_in_bytes'), numberIn),
      memoryActiveFileBytes: figureFrom(memoryStat, (text) => keyedIn(text, 'total_active_file')),
      memoryInactiveFileBytes: inactiveFile,
      memoryLimitHits: figureFrom(read('memory.failcnt'), numberIn),
      oomKills: figureFrom(read('memory.oom_control'), (text) => keyedIn(text, 'oom_kill')),
      pids: figureFrom(read('pids.current'), numberIn),
      pidsLimit: figureFrom(read('pids.max'), limitIn),
      cpuPressureSeconds: figureFrom(read('cpu.pressure'), pressureIn),
      memoryPressureSeconds: figureFrom(read('memory.pressure'), pressureIn),
      ioPressureSeconds: figureFrom(read('io.pressure'), pressureIn),
      diskReadBytes: figureFrom(blkio, (text) => deviceBytesIn(text, 'Read ')),
      diskWrittenBytes: figureFrom(blkio, (text) => deviceBytesIn(text, 'Write ')),
    }
  },
}

/** Both in microseconds; a quota of -1 is none. */
function cpuLimit(quota: ContainerFigure, period: ContainerFigure): ContainerFigure {
  if (typeof quota !== 'number') return quota
  if (quota < 0) return 'no-limit'
  if (typeof period !== 'number') return period
  return period > 0 ? (quota / period) * 1000 : 'not-offered'
}
