/** Gives back the memory that samples leave behind, when there is enough of it. */
export interface Leftovers {
  /** A sample of so many processes was taken: what it was compared with is garbage now. */
  sampled(processes: number, of: { readonly followed: boolean }): void
  /** Nobody looks any more: what was kept for viewers is garbage, and no sample may follow. */
  left(): void
}

export interface LeftoversOptions {
  /** Drops the code that has run; what runs again is read again from the executable. */
  readonly forget: () => void
  /** Frees what nobody holds, and hands it to the system. */
  readonly collect: () => void
  /** Calls it when those who asked have their answers. */
  readonly soon: (act: () => void) => void
}

/**
 * Rows that leave some megabytes behind: a collection takes 4 ms of CPU, a sample of so many processes
 * five times that. Small pods pay for one each twentieth sample.
 */
const rowsBetween = 400

/** Longer than an answer takes to be written. */
const soonMs = 50

const ofBun: LeftoversOptions = {
  forget: () => Bun.shrink(),
  collect: () => Bun.gc(true),
  soon: (act) => void setTimeout(act, soonMs).unref(),
}

/**
 * Waiting for the runtime's own collector costs no CPU, and holds twice the memory: it goes by how
 * much the heap has grown, and nothing shrinks a heap that was once large.
 */
export function createLeftovers(options: LeftoversOptions = ofBun): Leftovers {
  const { forget, collect, soon } = options
  let rows = 0
  let isFollowed = false
  let coming = false
  function come(): void {
    if (coming) return
    coming = true
    soon(() => {
      coming = false
      rows = 0
      // 5 ms to read it again: too much each second, little each idle interval
      if (!isFollowed) forget()
      collect()
    })
  }

  return {
    sampled(processes, { followed }) {
      rows += processes
      isFollowed = followed
      if (rows >= rowsBetween) come()
    },
    left() {
      isFollowed = false
      come()
    },
  }
}
