import { join, resolve } from 'node:path'
import { reasonOf } from '#kit/log.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { root } from '../scripts/step.ts'
import { endAll, signalled } from './ending.ts'
import { ownGitSync } from './executable.ts'
import { machine } from './machine.ts'
import { type BenchOptions, help, readOptions } from './options.ts'
import { performancePage } from './page.ts'
import { type Measured, measure } from './run.ts'
import { sizesFor, subjectsFor } from './subjects.ts'
import { table } from './table.ts'

const asked = readOptions(process.argv.slice(2))
if (asked.kind === 'help') console.log(help)
else if (asked.kind === 'refused') {
  console.error(`Cannot measure: ${asked.reason} (npm run bench -- --help shows all options)`)
  process.exitCode = 2
} else process.exit(await main(asked.options))

async function main(options: BenchOptions): Promise<number> {
  const folder = temporaryFolder('bench')
  // whatever is made from here on lies in there
  process.env.TMPDIR = folder.path
  // what we ask ourselves is on this machine
  process.env.NO_PROXY = '127.0.0.1'
  process.env.no_proxy = '127.0.0.1'
  const stop = new AbortController()
  try {
    return await Promise.race([benchmark(options, folder.path, stop.signal), signalled()])
  } catch (error) {
    say(reasonOf(error))
    return 1
  } finally {
    stop.abort()
    await endAll()
    await folder.remove()
  }
}

async function benchmark(
  options: BenchOptions,
  folder: string,
  stop: AbortSignal,
): Promise<number> {
  const { only, runs, write } = options
  const date = new Date()
  const peer = options.peer === null ? null : resolve(process.env.INIT_CWD ?? '.', options.peer)
  const sizes = sizesFor(options)
  const subjects = subjectsFor(sizes).filter(({ name }) => only.length === 0 || only.includes(name))
  const bench = { sizes, gitSync: { ours: await ownGitSync(folder, say), peer } }
  const about = await machine({ folder, peer })
  let failures = 0
  const failed = (what: string, reason: string): void => {
    failures++
    say(`${what}: ${reason}`)
  }
  const measured: Measured[] = []
  for (const subject of subjects) {
    measured.push(...(await measure(subject, { runs, bench, stop, say, failed })))
  }
  console.log(table(measured))
  if (write) {
    const page = performancePage({ date, runs, machine: about, measured, subjects })
    await Bun.write(join(root, 'docs/performance.md'), page)
    say('wrote docs/performance.md')
  }
  return failures === 0 ? 0 : 1
}

/** Progress is not the result: that alone is on stdout. */
function say(line: string): void {
  console.error(`${new Date().toTimeString().slice(0, 8)} ${line}`)
}
