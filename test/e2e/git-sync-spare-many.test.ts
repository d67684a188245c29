import { expect, test } from 'bun:test'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, untilPublished } from './git-sync-run.ts'
import { expectBrought, programsRun, quick } from './spare-run.ts'

/** 100,000 have been tried. */
const count = Number(process.env.SPARE_FILES ?? 2000)
const timeoutMs = 30_000 + count * 2

test(
  'a folder of very many files is brought by what changed, with no more programs than a small one',
  async () => {
    await using repository = await createRepository()
    await using folder = temporaryFolder('spare-many')
    const root = folder.at('root')
    const all = Array.from({ length: count }, (_, number) => number)
    const first = await commitTo(repository, new Map(all.map((number) => [number, `${number}\n`])))
    await using sidecar = startGitSync({ repo: repository.url, root, flags: quick })
    const ready = (commit: string) =>
      until(
        () =>
          sidecar
            .log()
            .some((line) => line.msg === 'a second tree is ready' && line.commit === commit) ||
          null,
        { timeoutMs, what: `a second tree of ${commit}` },
      )
    await untilPublished(`${root}/site`, first, timeoutMs)
    await ready(first)
    const second = readdirSync(`${root}/.worktrees`).find((name) => name.startsWith('new-'))
    const inodes = ['site', `.worktrees/${second}`].map((tree) =>
      inodeOf(`${root}/${tree}/many/${count >> 1}`),
    )

    const commits: string[] = []
    const wanted = new Map(all.map((number) => [String(number), `${number}\n`]))
    for (const turn of [1, 2, 3]) {
      // One changed, one new, one gone, however many there are.
      const change = new Map([
        [turn, `turn ${turn}\n`],
        [count + turn, 'new\n'],
        [count - turn, null],
      ])
      for (const [name, content] of change) {
        if (content === null) wanted.delete(String(name))
        else wanted.set(String(name), content)
      }
      const ran = programsRun(sidecar).length
      const commit = await commitTo(repository, change)
      commits.push(commit)
      await untilPublished(`${root}/site`, commit, timeoutMs)
      await ready(commit)
      const known = /^(fetch|rev-parse|diff-tree|read-tree|update-ref|reset|worktree add)\b/
      const programs = programsRun(sidecar)
        .slice(ran)
        .flatMap((words) => known.exec(words)?.[1] ?? [])
      // The files that git wrote in the last tick of its clock are written again, by one reset.
      const inPass = ['fetch', 'rev-parse', 'diff-tree', 'read-tree', 'update-ref']
      expect(programs.filter((name) => name !== 'reset')).toEqual([
        ...inPass,
        'diff-tree',
        'read-tree',
      ])
      expect(programs.length - inPass.length).toBeLessThanOrEqual(3)
      expect(contentsOf(`${root}/site/many`)).toEqual(
        [...wanted].map(([name, content]) => `${name}: ${content}`).sort(),
      )
    }
    await expectBrought(sidecar, commits)
    expect(inodes).toContain(inodeOf(`${root}/site/many/${count >> 1}`))
    expect(errorsOf(sidecar)).toEqual([])
  },
  timeoutMs * 4,
)

function inodeOf(path: string): number {
  return lstatSync(path).ino
}

function contentsOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .map((name) => `${name}: ${readFileSync(join(folder, name), 'utf8')}`)
    .sort()
}

/** Changes files in the folder `many` of the bare repository, without a checkout. */
async function commitTo(
  repository: Repository,
  files: ReadonlyMap<number, string | null>,
): Promise<string> {
  const lines = ['commit refs/heads/main', 'committer A <a@b> 0 +0000', 'data 1', 'x']
  lines.push('from refs/heads/main^0')
  for (const [name, content] of files) {
    if (content === null) lines.push(`D many/${name}`)
    else lines.push(`M 100644 inline many/${name}`, `data ${content.length}`, content)
  }
  const stream = `${repository.work}/.git/stream`
  await Bun.write(stream, `${lines.join('\n')}\n`)
  const words = ['sh', '-c', `git --git-dir ${repository.path} fast-import --quiet <${stream}`]
  await runChild(words, repository)
  return repository.resolve('main')
}
