import { globSync } from 'node:fs'
import { join } from 'node:path'
import { eachLine } from '../program-output.ts'
import { root, stepEnvironment, tool } from '../step.ts'
import { type Counts, none, type Report, readReport } from './counts.ts'
import { progressOf } from './progress.ts'
import type { Suite } from './suites.ts'

export interface RunOptions {
  /** For the temporary files of the tests and the report. It is removed by the caller. */
  readonly folder: string
  readonly say: (line: string) => void
  /** Ends the run. */
  readonly stop: AbortSignal
}

export interface SuiteResult {
  readonly counts: Counts
  readonly skipped: readonly string[]
  /** Why it is not good although its tests may be. */
  readonly complaint: string | null
}

/** A file that says nothing for so long is named, so that nobody thinks that all has stopped. */
const quietMs = 30_000

/** Runs a suite with `bun test` and holds it to its floor. */
export async function runSuite(
  name: string,
  suite: Suite,
  options: RunOptions,
): Promise<SuiteResult> {
  const files = suite.paths.flatMap((path) => globSync(`${path}/**/*.test.{ts,tsx}`, { cwd: root }))
  const result = files.length === 0 ? empty : await runFiles(name, { suite, files, ...options })
  const { passed, failed, skipped } = result.counts
  const count = passed + failed + skipped
  if (result.complaint !== null || count >= suite.floor) return result
  return { ...result, complaint: `${name} has ${count} tests, ${suite.floor} are its floor` }
}

const empty: SuiteResult = { counts: none, skipped: [], complaint: null }

interface FilesOptions extends RunOptions {
  readonly suite: Suite
  readonly files: readonly string[]
}

async function runFiles(
  name: string,
  { suite, files, folder, say, stop }: FilesOptions,
): Promise<SuiteResult> {
  const junit = join(folder, `${name}.xml`)
  const command = [
    ...[tool('bun'), 'test', '--no-orphans', `--timeout=${suite.timeoutMs}`],
    ...(suite.parallel === undefined ? [] : [`--parallel=${suite.parallel}`]),
    ...['--reporter=junit', `--reporter-outfile=${junit}`],
    ...files.toSorted().map((file) => `./${file}`),
  ]
  const child = Bun.spawn(command, {
    cwd: root,
    env: {
      ...stepEnvironment(),
      TMPDIR: folder,
      SIDECARS_EXECUTABLE: suite.built ? 'dist/sidecars' : '',
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    signal: stop,
    killSignal: 'SIGTERM',
  })
  const progress = progressOf(say)
  let heardMs = performance.now()
  const hear = (line: string): void => {
    heardMs = performance.now()
    progress.take(line)
  }
  const ticker = setInterval(() => {
    const quietFor = performance.now() - heardMs
    // of files side by side each is told when it is done
    const what = suite.parallel === undefined ? progress.current() : 'the next files'
    if (quietFor > quietMs) say(`  …       ${what}  ${Math.round(quietFor / 1000)} s`)
  }, quietMs)
  await Promise.all([eachLine(child.stdout, hear), eachLine(child.stderr, hear)])
  const code = await child.exited
  clearInterval(ticker)
  progress.end()
  return judged(name, code, await reportOf(junit))
}

function judged(name: string, code: number, report: Report | null): SuiteResult {
  if (report === null) return { ...empty, complaint: `${name} ended with ${code} and no report` }
  const { counts, skipped } = report
  // a file that cannot be loaded is in no count
  const silent = code !== 0 && counts.failed === 0
  return { counts, skipped, complaint: silent ? `${name} ended with ${code}` : null }
}

async function reportOf(path: string): Promise<Report | null> {
  const file = Bun.file(path)
  return (await file.exists()) ? readReport(await file.text()) : null
}
