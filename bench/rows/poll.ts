import { startSidecar } from '#test/fixtures/sidecar.ts'
import type { Limit } from '../budget.ts'
import { startGitSync } from '../instruments/git-sync.ts'
import { openCgroup } from '../instruments/own-cgroup.ts'
import { timed } from '../instruments/timed.ts'
import { openSite, type TransportName, transports, type Way } from '../instruments/transport.ts'
import { memoryOf, usageOf } from '../instruments/usage.ts'
import { type Figures, ofGitSync, type Row, type Sizes, type Subject } from '../subject.ts'

const firstTracedPolls = 3
/** A plain `git ls-remote` is the same each time. */
const mostQuestions = 100

const question = 'git ls-remote'

/** Budgets that the transports do not share. */
interface PollBudget {
  readonly cpu?: readonly Limit[]
  readonly programs: readonly Limit[]
}

const asGit: PollBudget = { programs: [{ atMost: 1, of: 'beside' }] }
const inProcess: PollBudget = {
  cpu: [{ atMost: 1 / 30, of: 'peer' }, { atMost: 1.6 }],
  programs: [{ atMost: 0 }],
}

export const pollByFile = (sizes: Sizes): Subject => poll('file', sizes, asGit)
export const pollByHttp = (sizes: Sizes): Subject => poll('http', sizes, inProcess)
export const pollBySsh = (sizes: Sizes): Subject => poll('ssh', sizes, asGit)

function poll(name: TransportName, sizes: Sizes, budget: PollBudget): Subject {
  const { firstPolls, tracedPolls } = sizes
  const polls = sizes.polls[name]
  const questions = Math.min(polls, mostQuestions)
  return {
    name: `poll-${name}`,
    how: `A daemon with \`--period=10ms\` on a repository of one small file: CPU of its process tree${name === 'ssh' ? ' (the ssh that polls share has lines of its own)' : ''} and memory of the daemon alone (\`Anonymous\` and \`Rss\` of \`smaps_rollup\`; the working set is what a control group of its own uses, less the file pages out of use: pages of the executable that others have read before are not in it) over ${polls} polls after the first ${firstPolls}, its metrics served. Programs and requests are those of ${tracedPolls} polls of another one under strace, requests from the server's log. Beside it stands the mean of ${questions} \`${question} URL HEAD\`.`,
    needs: [...transports[name].needs, 'strace'],
    rows: rowsOf(name, polls, budget),
    async open(bench) {
      const site = await openSite(name)
      const { way } = site
      return {
        measure: {
          ...ofGitSync(bench, async (executable) => ({
            ...(await figuresOf(executable, way, { firstPolls, polls })),
            ...(await countsOf(executable, way, tracedPolls)),
          })),
          beside: () => figuresOfGit(way, questions),
        },
        [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
      }
    },
  }
}

function rowsOf(
  name: TransportName,
  polls: number,
  budget: PollBudget,
): Readonly<Record<string, Row>> {
  const what = `poll, ${name}`
  const after = `after ${polls.toLocaleString('en')} polls`
  const beside = question
  return {
    cpu: { what: `${what}: CPU`, unit: 'ms', beside, budget: budget.cpu ?? [] },
    programs: { what: `${what}: programs`, unit: 'count', beside, budget: budget.programs },
    ...(name === 'http'
      ? { requests: { what: `${what}: requests`, unit: 'count', beside, budget: [{ atMost: 1 }] } }
      : {}),
    anonymous: {
      what: `${what}: anonymous memory ${after}`,
      unit: 'bytes',
      budget: [{ atMost: 6e6 }],
    },
    rss: { what: `${what}: resident memory ${after}`, unit: 'bytes' },
    workingSet: { what: `${what}: working set ${after}`, unit: 'bytes' },
    ...(name === 'ssh'
      ? {
          sharedCpu: { what: `${what}: CPU of the ssh that polls share`, unit: 'ms' },
          sharedAnonymous: {
            what: `${what}: anonymous memory of the ssh that polls share`,
            unit: 'bytes',
          },
        }
      : {}),
  }
}

/** Of one poll, without a tracer. */
async function figuresOf(
  executable: string,
  way: Way,
  { firstPolls, polls }: { readonly firstPolls: number; readonly polls: number },
): Promise<Figures> {
  // disposed of after the daemon, which is in it
  await using group = openCgroup()
  const flags = [...way.flags, '--period=10ms']
  await using daemon = startGitSync(executable, { ...way, flags, procs: group?.procs })
  await daemon.untilPolled(firstPolls)
  const shared = way.sharedSsh?.() ?? null
  const { cpuMs } = usageOf(daemon.pid)
  const sharedMs = shared === null ? null : usageOf(shared).cpuMs
  const done = await daemon.untilPolled(polls)
  const usedMs = usageOf(daemon.pid).cpuMs - cpuMs
  const { anonymousBytes, rssBytes } = memoryOf(daemon.pid)
  return {
    cpu: usedMs / done,
    anonymous: anonymousBytes,
    rss: rssBytes,
    workingSet: group?.workingSetBytes() ?? null,
    ...sharedFigures(way, { shared, sharedMs, done }),
  }
}

/** Of the ssh that polls share; none when there is none, or another one than at the start. */
function sharedFigures(
  way: Way,
  { shared, sharedMs, done }: { shared: number | null; sharedMs: number | null; done: number },
): Figures {
  if (shared === null || sharedMs === null || way.sharedSsh?.() !== shared) return {}
  return {
    sharedCpu: (usageOf(shared).cpuMs - sharedMs) / done,
    sharedAnonymous: memoryOf(shared).anonymousBytes,
  }
}

/** Long enough to look at what a poll did before the next one. */
const tracedPeriod = '500ms'
/** The last line of a log comes a moment after the end of the poll. */
const logLagMs = 100

/** Programs and requests of one poll, the programs of programs included. */
async function countsOf(executable: string, way: Way, polls: number): Promise<Figures> {
  const flags = [...way.flags, `--period=${tracedPeriod}`]
  await using daemon = startGitSync(executable, { ...way, flags, countPrograms: true })
  const counts = async (): Promise<readonly [programs: number, requests: number]> => {
    await Bun.sleep(logLagMs)
    return [(await daemon.programs()).length, await requestsSoFar(way)]
  }
  await daemon.untilPolled(firstTracedPolls)
  const before = await counts()
  const done = await daemon.untilPolled(polls)
  const after = await counts()
  return { programs: (after[0] - before[0]) / done, requests: (after[1] - before[1]) / done }
}

/** Of one `git ls-remote`. */
async function figuresOfGit(way: Way, questions: number): Promise<Figures> {
  const { url, env } = way.git
  const words = ['ls-remote', url, 'HEAD']
  const requests = await requestsSoFar(way)
  let cpuMs = 0
  for (let index = 0; index < questions; index++) {
    cpuMs += (await timed(['git', ...words], { env })).cpuMs
  }
  const asked = (await requestsSoFar(way)) - requests
  // not a sidecar, but a program of ours to be traced like one
  await using git = startSidecar(words, { executable: 'git', env, countPrograms: true })
  await git.exited
  return {
    cpu: cpuMs / questions,
    requests: asked / questions,
    programs: 1 + (await git.programs()).length,
  }
}

async function requestsSoFar({ requests }: Way): Promise<number> {
  return requests === null ? 0 : requests()
}
