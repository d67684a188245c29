/** What was seen lately, up to so many: the oldest is forgotten first. */
export interface SeenSet {
  has(key: string): boolean
  add(key: string): void
}

export function createSeen(most: number): SeenSet {
  const keys = new Set<string>()
  return {
    has: (key) => keys.has(key),
    add(key) {
      keys.add(key)
      const [oldest] = keys
      if (keys.size > most && oldest !== undefined) keys.delete(oldest)
    },
  }
}
