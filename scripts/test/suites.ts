export interface Suite {
  /** Where `bun test` looks, below the project's folder. */
  readonly paths: readonly string[]
  /** At least so many tests, so that none can vanish unseen. Raise it when tests are added. */
  readonly floor: number
  /** For one test; a suite that starts machines needs long. */
  readonly timeoutMs: number
  /** So many files at a time: for tests that wait more than they work. */
  readonly parallel?: number
  /** Its tests start dist/sidecars, which is built before, instead of the source. */
  readonly built?: boolean
}

/** In the order in which they run: the cheap ones first. */
export const suites = {
  unit: { paths: ['src'], floor: 1330, timeoutMs: 10_000 },
  commands: { paths: ['scripts', 'test/fixtures', 'bench'], floor: 91, timeoutMs: 20_000 },
  e2e: { paths: ['test/e2e'], floor: 805, timeoutMs: 120_000, parallel: 3, built: true },
  faults: { paths: ['test/faults'], floor: 64, timeoutMs: 60_000, built: true },
  browser: { paths: ['test/browser'], floor: 21, timeoutMs: 60_000 },
  pods: { paths: ['test/pods'], floor: 44, timeoutMs: 300_000, built: true },
} as const satisfies Record<string, Suite>
