import type { CgroupVersion, ContainerFigure } from './figures.ts'
import { figureFrom, keyedIn, limitIn, noFigures, numberIn, workingSet } from './figures.ts'

/** cgroup v1, formats as in the kernel's Documentation/admin-guide/cgroup-v1. */
export const v1: CgroupVersion = {
  files: [
    { controller: 'cpu', name: 'cpu.cfs_quota_us' },
    { controller: 'cpu', name: 'cpu.cfs_period_us' },
    { controller: 'cpu', name: 'cpu.stat' },
    { controller: 'cpuacct', name: 'cpuacct.usage' },
    { controller: 'memory', name: 'memory.usage_in_bytes' },
    { controller: 'memory', name: 'memory.limit_in_bytes' },
    { controller: 'memory', name: 'memory.stat' },
    { controller: 'memory', name: 'memory.oom_control' },
    { controller: 'pids', name: 'pids.current' },
    { controller: 'pids', name: 'pids.max' },
  ],
  figures(read) {
    const cpuStat = read('cpu.stat')
    const nanos = figureFrom(read('cpuacct.usage'), numberIn)
    return {
      ...noFigures('not-offered'),
      cpuSeconds: typeof nanos === 'number' ? nanos / 1e9 : nanos,
      cpuLimitMillicores: cpuLimit(
        figureFrom(read('cpu.cfs_quota_us'), numberIn),
        figureFrom(read('cpu.cfs_period_us'), numberIn),
      ),
      cpuPeriods: figureFrom(cpuStat, (text) => keyedIn(text, 'nr_periods')),
      throttledPeriods: figureFrom(cpuStat, (text) => keyedIn(text, 'nr_throttled')),
      memoryBytes: workingSet(
        figureFrom(read('memory.usage_in_bytes'), numberIn),
        // usage counts what is below too, so the total and not the group's own
        figureFrom(read('memory.stat'), (text) => keyedIn(text, 'total_inactive_file')),
      ),
      memoryLimitBytes: figureFrom(read('memory.limit_in_bytes'), limitIn),
      oomKills: figureFrom(read('memory.oom_control'), (text) => keyedIn(text, 'oom_kill')),
      pids: figureFrom(read('pids.current'), numberIn),
      pidsLimit: figureFrom(read('pids.max'), limitIn),
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
