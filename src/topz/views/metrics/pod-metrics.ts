import type { Container, Network } from '#topz/model/table.ts'

/** A metric of a container or of the network, with the values of one label where it has several. */
export interface PodMetric<Of> {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** The label beside `container`, and the field of each of its values; or the one field. */
  readonly by?: string
  readonly fields: Readonly<Record<string, (of: Of) => number | null>>
}

function one<Of>(read: (of: Of) => number | null): PodMetric<Of>['fields'] {
  return { '': read }
}

const perThousand = (millicores: number | null): number | null =>
  millicores === null ? null : millicores / 1000

/** What control groups tell. Absent where it is not known, or where there is no limit. */
export const containerMetrics: readonly PodMetric<Container>[] = [
  {
    name: 'topz_container_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time, that of processes that ended included',
    fields: one((container) => container.cpuSeconds),
  },
  {
    name: 'topz_container_cpu_limit_cores',
    type: 'gauge',
    help: 'CPU limit in cores; absent without one',
    fields: one((container) => perThousand(container.cpuLimitMillicores)),
  },
  {
    name: 'topz_container_cpu_periods_total',
    type: 'counter',
    help: 'Scheduling periods in which anything wanted to run under the CPU limit',
    fields: one((container) => container.cpuPeriods),
  },
  {
    name: 'topz_container_cpu_throttled_periods_total',
    type: 'counter',
    help: 'Scheduling periods in which it was throttled',
    fields: one((container) => container.throttledPeriods),
  },
  {
    name: 'topz_container_cpu_throttled_seconds_total',
    type: 'counter',
    help: 'Time in which processes were held back by the CPU limit',
    fields: one((container) => container.throttledSeconds),
  },
  {
    name: 'topz_container_memory_working_set_bytes',
    type: 'gauge',
    help: 'Memory that cannot be reclaimed easily; absent where its control group is hidden',
    fields: one(({ memoryBytes, memorySource }) =>
      memorySource === 'cgroup' ? memoryBytes : null,
    ),
  },
  {
    name: 'topz_container_memory_usage_bytes',
    type: 'gauge',
    help: 'All memory that counts against the limit',
    fields: one((container) => container.memoryUsageBytes),
  },
  {
    name: 'topz_container_memory_bytes',
    type: 'gauge',
    help: 'Memory by what it is for; the kinds add up to the usage, nearly',
    by: 'kind',
    fields: {
      anon: (container) => container.memoryAnonBytes,
      shmem: (container) => container.memoryShmemBytes,
      kernel: (container) => container.memoryKernelBytes,
      active_file: (container) => container.memoryActiveFileBytes,
      inactive_file: (container) => container.memoryInactiveFileBytes,
    },
  },
  {
    name: 'topz_container_memory_peak_bytes',
    type: 'gauge',
    help: 'The most memory it ever used',
    fields: one((container) => container.memoryPeakBytes),
  },
  {
    name: 'topz_container_memory_limit_bytes',
    type: 'gauge',
    help: 'Memory limit; absent without one',
    fields: one((container) => container.memoryLimitBytes),
  },
  {
    name: 'topz_container_memory_limit_hits_total',
    type: 'counter',
    help: 'How often the kernel had to make room below the memory limit',
    fields: one((container) => container.memoryLimitHits),
  },
  {
    name: 'topz_container_oom_kills_total',
    type: 'counter',
    help: 'Processes that the kernel killed for want of memory',
    fields: one((container) => container.oomKills),
  },
  {
    name: 'topz_container_pressure_waiting_seconds_total',
    type: 'counter',
    help: 'Time in which some process waited for the resource',
    by: 'resource',
    fields: {
      cpu: (container) => container.cpuPressureSeconds,
      memory: (container) => container.memoryPressureSeconds,
      io: (container) => container.ioPressureSeconds,
    },
  },
  {
    name: 'topz_container_disk_read_bytes_total',
    type: 'counter',
    help: 'Bytes read from block devices',
    fields: one((container) => container.diskReadBytes),
  },
  {
    name: 'topz_container_disk_written_bytes_total',
    type: 'counter',
    help: 'Bytes written to block devices',
    fields: one((container) => container.diskWrittenBytes),
  },
  {
    name: 'topz_container_pids',
    type: 'gauge',
    help: 'Processes and threads that count against the limit',
    fields: one((container) => container.pids),
  },
  {
    name: 'topz_container_pids_limit',
    type: 'gauge',
    help: 'Limit of processes and threads; absent without one',
    fields: one((container) => container.pidsLimit),
  },
]

/** What all containers of the pod share. */
export const networkMetrics: readonly PodMetric<Network>[] = [
  {
    name: 'topz_network_received_bytes_total',
    type: 'counter',
    help: 'Bytes that the pod received, over all interfaces but the loopback',
    fields: one((network) => network.receivedBytes),
  },
  {
    name: 'topz_network_sent_bytes_total',
    type: 'counter',
    help: 'Bytes that the pod sent, over all interfaces but the loopback',
    fields: one((network) => network.sentBytes),
  },
  {
    name: 'topz_tcp_sockets',
    type: 'gauge',
    help: 'TCP sockets of the pod by state',
    by: 'state',
    fields: {
      established: (network) => network.tcpEstablished,
      listening: (network) => network.tcpListening,
      time_wait: (network) => network.tcpTimeWait,
      close_wait: (network) => network.tcpCloseWait,
      other: (network) => network.tcpOther,
    },
  },
]
