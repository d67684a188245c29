import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { resultLines, root, runStep, tool } from '../scripts/step.ts'

/** The git-sync that `npm run build` makes, built first when it is older than its source. */
export async function ownGitSync(say: (line: string) => void): Promise<string> {
  const built = modifiedMs('dist/sidecars')
  const sources = [...globSync('src/**/*', { cwd: root }), 'scripts/build.ts', 'package-lock.json']
  if (sources.some((path) => modifiedMs(path) > built)) {
    say('building dist/sidecars')
    const result = await runStep({ name: 'build', command: [tool('bun'), 'scripts/build.ts'] })
    if (!result.passed) throw new Error(`Cannot build what is measured:\n${resultLines(result)}`)
  }
  return join(root, 'dist/git-sync')
}

/** 0 for what is not there. */
function modifiedMs(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
