/** Gives back the memory that work has left behind, at the moments in which a daemon rests. */
export interface Rest {
  /** Something was done that is not done each time, and has left its data behind. */
  worked(): void
  /** A turn found nothing to do. */
  idled(): void
}

export interface RestOptions {
  /** Drops the code that has run; what runs again is read again from the executable. */
  readonly forget: () => void
  /** Frees what nobody holds, and hands it to the system. */
  readonly collect: () => void
}

/** A collection takes 3 to 4 ms of CPU: 0.04 ms of each turn. */
const turnsBetween = 100

const ofBun: RestOptions = {
  forget: () => Bun.shrink(),
  collect: () => Bun.gc(true),
}

/**
 * Forgets once, at the first turn without work: what a start needs is not needed again. Later work is
 * kept, for it comes again, and whoever waits for it would pay: 15 ms of a publication, measured.
 */
export function createRest({ forget, collect }: RestOptions = ofBun): Rest {
  let isFirst = true
  let hasWorked = false
  let turns = 0
  return {
    worked() {
      hasWorked = true
    },
    idled() {
      if (isFirst) forget()
      else if (++turns < turnsBetween && !hasWorked) return
      collect()
      isFirst = false
      hasWorked = false
      turns = 0
    },
  }
}
