import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from '../check.ts'
import { resultLines, runStep, tool } from '../step.ts'
import { type Counts, inWords, sum } from './counts.ts'
import { setUpMachine } from './machine.ts'
import { runSuite } from './run-suite.ts'
import { type Suite, suites } from './suites.ts'

const help = `Usage: npm test [-- SUITE…]

Sets the machine up and runs all checks and tests, or only the suites that are named:
check ${Object.keys(suites).join(' ')}

The last line is \`N passed, N failed, N skipped\`. With CI=true nothing may be skipped.`

const names = process.argv.slice(2)
const unknown = names.find((name) => name !== 'check' && !Object.hasOwn(suites, name))
if (names.includes('--help') || names.includes('-h')) console.log(help)
else if (unknown !== undefined) {
  console.error(`Cannot run ${JSON.stringify(unknown)}: no such suite (npm test -- --help)`)
  process.exitCode = 2
} else process.exitCode = await main()

async function main(): Promise<number> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort())
  }
  const folder = mkdtempSync(join(tmpdir(), 'sidecars-test-'))
  // as /tmp is: some tests start programs as another user
  chmodSync(folder, 0o755)
  try {
    const outcome = await runAll(folder, stop.signal)
    for (const complaint of outcome.complaints) console.log(`FAILED: ${complaint}`)
    console.log(inWords(outcome.counts))
    return outcome.counts.failed === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

interface Outcome {
  /** Each complaint is one more that failed. */
  readonly counts: Counts
  readonly complaints: readonly string[]
}

async function runAll(folder: string, stop: AbortSignal): Promise<Outcome> {
  const all: Counts[] = []
  const complaints: string[] = []
  const say = console.log
  const chosen = Object.entries<Suite>(suites).filter(([name]) => wanted(name))

  headline('machine')
  await setUpMachine(say)
  if (wanted('check')) {
    headline('check')
    const results = await check((line) => say(`  ${line.replaceAll('\n', '\n  ')}`))
    const passed = results.filter((result) => result.passed).length
    all.push({ passed, failed: results.length - passed, skipped: 0 })
  }
  if (chosen.some(([, suite]) => suite.built)) {
    headline('build')
    const result = await runStep({ name: 'dist', command: [tool('bun'), 'scripts/build.ts'] })
    say(`  ${resultLines(result)}`)
    if (!result.passed) complaints.push('the build failed')
  }
  for (const [name, suite] of chosen) {
    if (stop.aborted) break
    headline(name)
    const startMs = performance.now()
    const { counts, skipped, complaint } = await runSuite(name, suite, { folder, say, stop })
    for (const test of skipped) say(`  skipped ${test}`)
    say(`  ${inWords(counts)}, ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
    all.push(counts)
    if (complaint !== null) complaints.push(complaint)
    if (process.env.CI === 'true' && counts.skipped > 0) {
      complaints.push(`${name} skipped ${counts.skipped} tests, and CI is set`)
    }
  }
  if (stop.aborted) complaints.push('the run was ended by a signal')
  const counts = sum([...all, { passed: 0, failed: complaints.length, skipped: 0 }])
  return { counts, complaints }
}

function wanted(name: string): boolean {
  return names.length === 0 || names.includes(name)
}

function headline(name: string): void {
  console.log(`${new Date().toTimeString().slice(0, 8)} ${name}`)
}
