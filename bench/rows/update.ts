import { temporaryFolder } from '#test/fixtures/temp.ts'
import { inodesBornSince } from '../instruments/born.ts'
import { watchFlip } from '../instruments/flip.ts'
import { startGitSync } from '../instruments/git-sync.ts'
import { type ManyFiles, manyFiles } from '../instruments/many-files.ts'
import { flushed, timed } from '../instruments/timed.ts'
import { transports } from '../instruments/transport.ts'
import { untilQuiet, usageOf, usedBetween } from '../instruments/usage.ts'
import { type Figures, ofGitSync, type Row, type Sizes, type Subject } from '../subject.ts'

/** A first sync of all files on a slow disk. */
const patienceMs = 300_000

export const update = (sizes: Sizes): Subject => ({
  name: 'update',
  how: 'A daemon by file:// on a repository of files of 4 KiB. A commit becomes visible in the repository and a signal asks for a pass at once; the flip is when the link names the commit. The first such commit finds two trees that were just made, the next ones trees that were used before. CPU, bytes (pages handed to the disk) and new inodes are those until the daemon has been idle for longer than the grace of old trees: cleaning up is in them. Beside it a fresh `git worktree add` of the fetched commit, its CPU and bytes with those of `git worktree remove` of the old tree.',
  needs: [],
  rows: Object.assign({}, ...sizes.changed.map((changed) => rowsOf(changed, sizes))),
  async open(bench) {
    const large = await manyFiles(sizes.files, sizes.changed)
    return {
      measure: {
        ...ofGitSync(bench, (executable) => updatesOf(executable, large, sizes)),
        beside: () => worktreesOfGit(large, sizes),
      },
      [Symbol.asyncDispose]: large[Symbol.asyncDispose],
    }
  },
})

function rowsOf(changed: number, { files }: Sizes): Readonly<Record<string, Row>> {
  const what = `${changed.toLocaleString('en')} of ${files.toLocaleString('en')} files changed`
  const beside = 'git worktree add'
  const both = `${beside}, remove`
  return {
    [keyOf('flip', changed)]: {
      what: `${what}: commit to flip`,
      unit: 'ms',
      beside,
      ...(changed === 1 ? { budget: [{ atMost: 250 }] } : {}),
    },
    [keyOf('cpu', changed)]: {
      what: `${what}: CPU`,
      unit: 'ms',
      beside: both,
      ...(changed === 1
        ? {
            budget: [
              { atMost: 1 / 8, of: 'peer' },
              { atMost: 1 / 4, of: 'beside' },
            ],
          }
        : {}),
    },
    // "in proportion to the change": what is the same for all is an index, a pack and some refs
    [keyOf('bytes', changed)]: {
      what: `${what}: bytes written`,
      unit: 'bytes',
      beside: both,
      budget: [{ atMost: 1 / 10, of: 'beside' }],
    },
    [keyOf('inodes', changed)]: {
      what: `${what}: new inodes`,
      unit: 'count',
      beside,
      // the tree that is served and its spare each get each change
      budget: [{ atMost: 2 * changed + 100 }],
    },
  }
}

type Measure = 'flip' | 'cpu' | 'bytes' | 'inodes'

function keyOf(measure: Measure, changed: number): string {
  return `${measure}-${changed}`
}

type Update = Readonly<Record<Measure, number | null>>

function figuresOf({ changed }: Sizes, updates: readonly Update[]): Figures {
  const entries = updates.flatMap((update, index) =>
    (['flip', 'cpu', 'bytes', 'inodes'] as const).map((measure) => [
      keyOf(measure, changed[index] ?? 0),
      update[measure],
    ]),
  )
  return Object.fromEntries(entries)
}

async function updatesOf(executable: string, large: ManyFiles, sizes: Sizes): Promise<Figures> {
  const [first = '', ...commits] = large.commits
  large.show(first)
  const { url } = await transports.file.open(large.repository)
  const flags = ['--period=1h', '--sync-on-signal=SIGHUP', `--sync-timeout=${patienceMs}ms`]
  await using daemon = startGitSync(executable, { url, flags })
  await Promise.race([watchFlip(daemon.link, first, patienceMs).atMs, daemon.ended])
  await untilQuiet(daemon.pid)
  const updates: Update[] = []
  for (const commit of commits) {
    await flushed(daemon.root)
    const before = usageOf(daemon.pid)
    const flip = watchFlip(daemon.link, commit, patienceMs)
    const sinceMs = Date.now()
    large.show(commit)
    const startMs = performance.now()
    daemon.signal('SIGHUP')
    const flipMs = (await Promise.race([flip.atMs, daemon.ended])) - startMs
    await untilQuiet(daemon.pid)
    const { cpuMs, writtenBytes } = usedBetween(before, usageOf(daemon.pid))
    updates.push({
      flip: flipMs,
      cpu: cpuMs,
      bytes: writtenBytes,
      inodes: inodesBornSince(daemon.root, sinceMs),
    })
  }
  return figuresOf(sizes, updates)
}

/** Each commit in a tree of its own, then the tree before it goes. The commits are there before. */
async function worktreesOfGit({ repository, commits }: ManyFiles, sizes: Sizes): Promise<Figures> {
  await using folder = temporaryFolder('worktrees')
  const { env } = repository
  const git = (...words: readonly string[]) => timed(['git', '-C', folder.path, ...words], { env })
  await git('init', '--quiet')
  await git('fetch', '--quiet', '--depth=1', repository.url, 'refs/bench/*:refs/bench/*')
  const add = (commit: string) => git('worktree', 'add', '--detach', `trees/${commit}`, commit)
  const [first = '', ...others] = commits
  await add(first)
  let old = first
  const updates: Update[] = []
  for (const commit of others) {
    await flushed(folder.path)
    const sinceMs = Date.now()
    const added = await add(commit)
    const removed = await git('worktree', 'remove', '--force', `trees/${old}`)
    old = commit
    updates.push({
      flip: added.wallMs,
      cpu: added.cpuMs + removed.cpuMs,
      bytes: added.writtenBytes + removed.writtenBytes,
      inodes: inodesBornSince(folder.path, sinceMs),
    })
  }
  return figuresOf(sizes, updates)
}
