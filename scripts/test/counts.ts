/** How many tests ended how. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const none: Counts = { passed: 0, failed: 0, skipped: 0 }

export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    }),
    none,
  )
}

export function inWords({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** What `bun test` wrote of a run. */
export interface Report {
  readonly counts: Counts
  /** `file: name` of each test that was skipped. */
  readonly skipped: readonly string[]
}

/** Hooks of a skipped group are reported as skipped tests without a name. */
const hook = '(unnamed)'

/**
 * Reads a JUnit file. Its first element has the totals: `<testsuites name="bun test" tests="7"
 * assertions="30" failures="0" skipped="0" time="0.08">`. Null when it is no such file: the run
 * has crashed.
 */
export function readReport(junit: string): Report | null {
  const head = /<testsuites [^>]*>/.exec(junit)?.[0]
  if (head === undefined) return null
  const total = (name: string): number => Number(attribute(head, name))
  const cases = [...junit.matchAll(/<testcase ([^>]*[^/])>\s*<skipped/g)].map(
    (match) => match[1] ?? '',
  )
  const skipped = cases
    .filter((text) => attribute(text, 'name') !== hook)
    .map((text) => `${attribute(text, 'file')}: ${attribute(text, 'name')}`)
  const failed = total('failures')
  const passed = total('tests') - failed - total('skipped')
  return { counts: { passed, failed, skipped: skipped.length }, skipped }
}

function attribute(element: string, name: string): string {
  return unescaped(new RegExp(`(?:^| )${name}="([^"]*)"`).exec(element)?.[1] ?? '')
}

function unescaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    amp: '&',
  }
  return text.replaceAll(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole)
}
