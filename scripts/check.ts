import { globSync } from 'node:fs'
import { resultLines, root, runStep, type Step, type StepResult, tool } from './step.ts'

/** The fast gate: what must hold for every commit. */
function steps(): readonly Step[] {
  // the pages live in a browser: each has a tsconfig with the DOM in it
  const pages = globSync('{src,test}/**/tsconfig.json', { cwd: root }).sort()
  return [
    { name: 'format and lint', command: [tool('biome'), 'check', '--error-on-warnings'] },
    { name: 'types', command: [tool('tsc'), '--noEmit', '--pretty', 'false', '-p', '.'] },
    ...pages.map((path) => ({
      name: `types of ${path.replace(/\/tsconfig.json$/, '')}`,
      command: [tool('tsc'), '--noEmit', '--pretty', 'false', '-p', path],
    })),
    { name: 'rooms', command: [tool('bun'), 'test', './test/rooms.test.ts'] },
    { name: 'nothing unused', command: [tool('knip'), '--no-progress'] },
    { name: 'generated files', command: [tool('bun'), 'scripts/docs.ts'] },
  ]
}

/** Runs all of it at once and says each result as it comes. */
export async function check(say: (line: string) => void): Promise<readonly StepResult[]> {
  return Promise.all(
    steps().map(async (step) => {
      const result = await runStep(step)
      say(resultLines(result))
      return result
    }),
  )
}

if (import.meta.main) {
  const results = await check(console.log)
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
}
