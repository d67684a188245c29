import type { CgroupVersion, ContainerFigure } from './figures.ts'
import {
  deviceBytesIn,
  figureFrom,
  inUnits,
  keyedIn,
  keysIn,
  limitIn,
  numberIn,
  pressureIn,
  workingSet,
} from './text.ts'

/** cgroup v2, formats as in the kernel's Documentation/admin-guide/cgroup-v2.rst. */
export const v2: CgroupVersion = {
  files: [
    { controller: 'cpu', name: 'cpu.max' },
    { controller: 'cpu', name: 'cpu.stat' },
    { controller: 'memory', name: 'memory.current' },
    { controller: 'memory', name: 'memory.max' },
    { controller: 'memory', name: 'memory.peak' },
    { controller: 'memory', name: 'memory.stat' },
    { controller: 'memory', name: 'memory.events' },
    { controller: 'pids', name: 'pids.current' },
    { controller: 'pids', name: 'pids.max' },
    { controller: 'io', name: 'io.stat' },
    { controller: 'cpu', name: 'cpu.pressure' },
    { controller: 'memory', name: 'memory.pressure' },
    { controller: 'io', name: 'io.pressure' },
  ],
  told: 'memory.events',
  figures(read) {
    const cpuStat = read('cpu.stat')
    const memoryStat = read('memory.stat')
    const memoryEvents = read('memory.events')
    const ioStat = read('io.stat')
    const usage = figureFrom(read('memory.current'), numberIn)
    const inactiveFile = figureFrom(memoryStat, (text) => keyedIn(text, 'inactive_file'))
    return {
      cpuSeconds: inUnits(
        figureFrom(cpuStat, (text) => keyedIn(text, 'usage_usec')),
        1e6,
      ),
      cpuLimitMillicores: figureFrom(read('cpu.max'), cpuLimitIn),
      cpuPeriods: figureFrom(cpuStat, (text) => keyedIn(text, 'nr_periods')),
      throttledPeriods: figureFrom(cpuStat, (text) => keyedIn(text, 'nr_throttled')),
      throttledSeconds: inUnits(
        figureFrom(cpuStat, (text) => keyedIn(text, 'throttled_usec')),
        1e6,
      ),
      memoryBytes: workingSet(usage, inactiveFile),
      memoryLimitBytes: figureFrom(read('memory.max'), limitIn),
      memoryUsageBytes: usage,
      memoryPeakBytes: figureFrom(read('memory.peak'), numberIn),
      memoryAnonBytes: figureFrom(memoryStat, (text) => keyedIn(text, 'anon')),
      memoryShmemBytes: figureFrom(memoryStat, (text) => keyedIn(text, 'shmem')),
      memoryKernelBytes: figureFrom(memoryStat, kernelBytesIn),
      memoryActiveFileBytes: figureFrom(memoryStat, (text) => keyedIn(text, 'active_file')),
      memoryInactiveFileBytes: inactiveFile,
      memoryLimitHits: figureFrom(memoryEvents, (text) => keyedIn(text, 'max')),
      oomKills: figureFrom(memoryEvents, (text) => keyedIn(text, 'oom_kill')),
      pids: figureFrom(read('pids.current'), numberIn),
      pidsLimit: figureFrom(read('pids.max'), limitIn),
      cpuPressureSeconds: figureFrom(read('cpu.pressure'), pressureIn),
      memoryPressureSeconds: figureFrom(read('memory.pressure'), pressureIn),
      ioPressureSeconds: figureFrom(read('io.pressure'), pressureIn),
      diskReadBytes: figureFrom(ioStat, (text) => deviceBytesIn(text, 'rbytes=')),
      diskWrittenBytes: figureFrom(ioStat, (text) => deviceBytesIn(text, 'wbytes=')),
    }
  },
}

/** Buffers of sockets stand apart from `kernel`, which kernels before 5.18 do not add up. */
function kernelBytesIn(memoryStat: string): ContainerFigure {
  const whole = keyedIn(memoryStat, 'kernel') !== 'not-offered'
  return keysIn(
    memoryStat,
    whole ? ['kernel', 'sock'] : ['kernel_stack', 'pagetables', 'percpu', 'slab', 'sock'],
  )
}

/** `QUOTA PERIOD` in microseconds, the quota `max` when there is none. */
function cpuLimitIn(text: string): ContainerFigure {
  const [quota, period] = text.trim().split(' ')
  if (quota === 'max') return 'no-limit'
  const millicores = (Number(quota) / Number(period)) * 1000
  return Number.isFinite(millicores) ? millicores : 'not-offered'
}
