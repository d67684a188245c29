import { checkDemo } from './check.ts'
import { type Demo, type Running, startDemo } from './demo.ts'
import { type DemoOptions, help, readOptions } from './options.ts'

/** npm, the shell and the terminal may each deliver the same Ctrl-C. */
const sameSignalMs = 500

const startedMs = performance.now()
const asked = readOptions(process.argv.slice(2))
if (asked.kind === 'help') console.log(help)
else if (asked.kind === 'refused') {
  console.error(`Cannot start the demo: ${asked.reason} (npm start -- --help shows all options)`)
  process.exitCode = 2
} else process.exit(await main(asked.options))

async function main(options: DemoOptions): Promise<number> {
  const outer = { ...process.env }
  // what we ask ourselves is on this machine; the programs keep the person's proxy
  process.env.NO_PROXY = '127.0.0.1'
  process.env.no_proxy = '127.0.0.1'
  // before anything is made: a signal must find somebody who removes it
  let running: Running | null = null
  const stopped = signalled(() => running?.kill())
  running = startDemo(options, outer)
  try {
    return await Promise.race([show(options, running.ready), stopped])
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    await running.stop()
  }
}

async function show(options: DemoOptions, ready: Promise<Demo>): Promise<number> {
  const demo = await ready
  console.log(`site ${demo.siteUrl}`)
  console.log(`topz ${demo.topzUrl}`)
  console.log(`repository ${demo.repository.shown}`)
  const broken = demo.broken.then((how) => {
    throw new Error(`The demo ends: ${how}`)
  })
  if (options.check) {
    const checked = checkDemo(demo, startedMs, console.log)
    return (await Promise.race([checked, broken])) ? 0 : 1
  }
  const heading =
    demo.repository.change === null ? 'Change it:' : 'Change it (in another terminal):'
  console.log(`\n${heading}\n\n${demo.repository.howToChange}\n\nCtrl-C ends all of it.`)
  return broken
}

/** The exit code after the first INT, TERM or HUP; a later one insists. */
function signalled(insist: () => void): Promise<number> {
  let firstMs: number | null = null
  return new Promise((resolve) => {
    for (const [name, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.on(name, () => {
        if (firstMs === null) {
          firstMs = performance.now()
          resolve(code)
        } else if (performance.now() > firstMs + sameSignalMs) {
          insist()
          process.exit(code)
        }
      })
    }
  })
}
