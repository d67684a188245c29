import { type Sums, sumsOf } from './sums.ts'
import type { Process } from './table.ts'

/** Processes that have something in common, in the order of the table. */
export interface Group {
  /** `Container.key`, or the kernel's name of the program. */
  readonly key: string
  readonly processes: readonly Process[]
  readonly sums: Sums
}

export type GroupBy = 'container' | 'program'

/**
 * Groups by container or by program, in the order in which they come first. Each process is in one.
 * For programs within containers, group the processes of each container's group again.
 */
export function groupsOf(processes: readonly Process[], by: GroupBy): readonly Group[] {
  const groups = Map.groupBy(processes, ({ container, name }) =>
    by === 'container' ? container : name,
  )
  return [...groups].map(([key, members]) => ({ key, processes: members, sums: sumsOf(members) }))
}
