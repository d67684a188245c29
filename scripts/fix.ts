import { resultLines, runStep, tool } from './step.ts'

/** What a machine can put right: the format, safe lint fixes, generated files. */
const results = [
  await runStep({ name: 'generated files', command: [tool('bun'), 'scripts/docs.ts', '--write'] }),
  await runStep({ name: 'format and lint', command: [tool('biome'), 'check', '--write'] }),
]
for (const result of results) console.log(resultLines(result))
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
