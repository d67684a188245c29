import { globSync, statSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resultLines, root, runStep, tool } from '../scripts/step.ts'
import { flushed } from './instruments/timed.ts'

/**
 * The git-sync that `npm run build` makes, built first when it is older than its source. It is a
 * copy in a folder: who builds meanwhile changes nothing that is measured.
 */
export async function ownGitSync(folder: string, say: (line: string) => void): Promise<string> {
  const built = modifiedMs('dist/sidecars')
  const sources = [...globSync('src/**/*', { cwd: root }), 'scripts/build.ts', 'package-lock.json']
  if (sources.some((path) => modifiedMs(path) > built)) {
    say('building dist/sidecars')
    const result = await runStep({ name: 'build', command: [tool('bun'), 'scripts/build.ts'] })
    if (!result.passed) throw new Error(`Cannot build what is measured:\n${resultLines(result)}`)
  }
  const copy = join(folder, 'git-sync')
  await copyFile(join(root, 'dist/sidecars'), copy)
  // pages that wait for the disk would count as memory of whoever runs it
  await flushed(folder)
  return copy
}

/** 0 for what is not there. */
function modifiedMs(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
