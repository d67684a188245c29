import type { CgroupVersion, ContainerFigure } from './figures.ts'
import { figureFrom, keyedIn, limitIn, noFigures, numberIn, workingSet } from './figures.ts'

/** cgroup v2, formats as in the kernel's Documentation/admin-guide/cgroup-v2.rst. */
export const v2: CgroupVersion = {
  files: [
    { controller: 'cpu', name: 'cpu.max' },
    { controller: 'cpu', name: 'cpu.stat' },
    { controller: 'memory', name: 'memory.current' },
    { controller: 'memory', name: 'memory.max' },
    { controller: 'memory', name: 'memory.stat' },
    { controller: 'memory', name: 'memory.events' },
    { controller: 'pids', name: 'pids.current' },
    { controller: 'pids', name: 'pids.max' },
  ],
  figures(read) {
    const cpuStat = read('cpu.stat')
    const micros = figureFrom(cpuStat, (text) => keyedIn(text, 'usage_usec'))
    return {
      ...noFigures('not-offered'),
      cpuSeconds: typeof micros === 'number' ? micros / 1e6 : micros,
      cpuLimitMillicores: figureFrom(read('cpu.max'), cpuLimitIn),
      cpuPeriods: figureFrom(cpuStat, (text) => keyedIn(text, 'nr_periods')),
      throttledPeriods: figureFrom(cpuStat, (text) => keyedIn(text, 'nr_throttled')),
      memoryBytes: workingSet(
        figureFrom(read('memory.current'), numberIn),
        figureFrom(read('memory.stat'), (text) => keyedIn(text, 'inactive_file')),
      ),
      memoryLimitBytes: figureFrom(read('memory.max'), limitIn),
      oomKills: figureFrom(read('memory.events'), (text) => keyedIn(text, 'oom_kill')),
      pids: figureFrom(read('pids.current'), numberIn),
      pidsLimit: figureFrom(read('pids.max'), limitIn),
    }
  },
}

/** `QUOTA PERIOD` in microseconds, the quota `max` when there is none. */
function cpuLimitIn(text: string): ContainerFigure {
  const [quota, period] = text.trim().split(' ')
  if (quota === 'max') return 'no-limit'
  const millicores = (Number(quota) / Number(period)) * 1000
  return Number.isFinite(millicores) ? millicores : 'not-offered'
}
