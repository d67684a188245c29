/** Memory of a process, counted exactly. */
export interface ExactMemory {
  /** Its own pages, and of each shared one its part. */
  readonly pssBytes: number
  /** What would be free if it ended: pages of nobody else. */
  readonly ussBytes: number
  readonly swapBytes: number
}

/** `/proc/PID/smaps_rollup`: lines `NAME: NUMBER kB`, proc_pid_smaps(5); null without them: a zombie. */
export function parseSmapsRollup(text: string): ExactMemory | null {
  const bytes = (name: string): number | null => {
    const found = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)
    return found === null ? null : Number(found[1]) * 1024
  }
  const pssBytes = bytes('Pss')
  if (pssBytes === null) return null
  return {
    pssBytes,
    ussBytes: (bytes('Private_Clean') ?? 0) + (bytes('Private_Dirty') ?? 0),
    swapBytes: bytes('Swap') ?? 0,
  }
}
