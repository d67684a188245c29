import { expect, setDefaultTimeout } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { errorsOf, startGitSync, untilPublished } from './git-sync-run.ts'
import { expectBrought, follow, manyFiles, quick, untilReady } from './spare-run.ts'

setDefaultTimeout(60_000)

const strace =
  'strace -D --seccomp-bpf --follow-forks --successful-only --trace=%file --signal=none'

/** A program that starts git-sync, and what it and its programs ask of files: a line each. */
async function traced(at: (name: string) => string) {
  const program = at('traced')
  const trace = at('trace')
  const words = [...strace.split(' '), '--string-limit=4000', `--output=${trace}`, ...usual]
  const quoted = words.map((word) => `'${word}'`).join(' ')
  await writeFile(program, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 })
  return { program, lines: async () => (await Bun.file(trace).text()).split('\n') }
}

const isFlip = (line: string): boolean => /\brename\w*\(.*\/site"\)/.test(line)
const isReadOfIndex = (line: string): boolean => /\bopen\w*\(.*\/index", O_RDONLY/.test(line)

/** Files of the repository that such calls name, sorted. */
function filesIn(lines: readonly string[], call: RegExp): readonly string[] {
  const named = lines.filter((line) => call.test(line))
  return named.flatMap((line) => /\b(d\d+\/\d+\.txt)"/.exec(line)?.[1] ?? []).toSorted()
}

/** What git writes in the tick in which it writes the index is written once more, see `cleanTree`. */
function withoutReset(lines: readonly string[]): readonly string[] {
  const pidOf = (line: string): string => line.slice(0, line.indexOf(' '))
  const resets = lines.filter((line) => /\bexecve\(.*"reset"/.test(line)).map(pidOf)
  return lines.filter((line) => !resets.includes(pidOf(line)))
}

needs('strace').test(
  'an update reads only what changed, and looks at each other file once, after the flip',
  async () => {
    await using repository = await createRepository({ files: manyFiles })
    await using folder = temporaryFolder('spare')
    const root = folder.at('root')
    const { program, lines } = await traced(folder.at)
    const how = { repo: repository.url, root, flags: quick, executable: program }
    await using sidecar = startGitSync(how)
    const first = await repository.resolve()
    await untilPublished(`${root}/site`, first)
    await untilReady(sidecar, first)

    const opens = /\bopen\w*\(/
    const looks = /\b\w*stat\w*\(/
    const commits: string[] = []
    for (const text of ['one\n', 'two\n']) {
      // What was written in this second git takes for as new as its index: it would look again.
      await Bun.sleep(1100)
      const from = (await lines()).length
      const commit = await follow(repository, { root, changes: { 'd3/3.txt': text } })
      await untilReady(sidecar, commit)
      commits.push(commit)
      const calls = withoutReset((await lines()).slice(from))
      const flip = calls.findIndex(isFlip)
      const before = calls.slice(0, flip)
      expect(new Set(filesIn(before, opens))).toEqual(new Set(['d3/3.txt']))
      expect(new Set(filesIn(before, looks))).toEqual(new Set(['d3/3.txt']))
      // By git that changes the files, and once for submodules.
      expect(before.filter(isReadOfIndex)).toHaveLength(2)
      const after = calls.slice(flip)
      // Git names files from where it works.
      const walk = after.filter((line) => line.includes('/.worktrees/'))
      expect(filesIn(walk, looks)).toEqual(Object.keys(manyFiles).toSorted())
      expect(after.filter(isReadOfIndex)).toHaveLength(3)
      // A new tree may have files of the tick of its index, which were written once more by now.
      if (commits.length > 1) expect(new Set(filesIn(after, opens))).toEqual(new Set(['d3/3.txt']))
    }
    await expectBrought(sidecar, commits)
    expect(errorsOf(sidecar)).toEqual([])
  },
)
