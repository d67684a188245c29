/**
 * What is read of each process beside identity, CPU and memory, which always are. What no viewer
 * shows is not read: its figures say `not-asked`.
 */
export interface Parts {
  /** How many files it has open. */
  readonly openFiles: boolean
  /** How long its main thread waited for a CPU. */
  readonly waiting: boolean
  /** What it read from and wrote to disks. */
  readonly disk: boolean
  /** Not of a process: what all containers of the pod share. */
  readonly network: boolean
}

export const allParts: Parts = { openFiles: true, waiting: true, disk: true, network: true }

export const noParts: Parts = { openFiles: false, waiting: false, disk: false, network: false }
