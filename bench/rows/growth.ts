import { type GitSync, startGitSync } from '../instruments/git-sync.ts'
import { openSite, transports } from '../instruments/transport.ts'
import { memoryOf } from '../instruments/usage.ts'
import { ofGitSync, type Sizes, type Subject } from '../subject.ts'

type Key = 'growth'

/** Together more than two rises and falls. */
const looks = 30
const pollsBetween = 10

/** Null in runs that are not long. */
export function growth({ polls: { http: polls }, longPolls }: Sizes): Subject<Key> | null {
  if (longPolls === null) return null
  const [from, to] = [polls, longPolls].map((count) => count.toLocaleString('en'))
  return {
    name: 'growth',
    how: `Anonymous memory of a daemon with \`--period=10ms\` over http: after ${to} polls less that after ${from}, each the least of ${looks} looks over ${looks * pollsBetween} polls, since the collector lets it rise for a hundred polls and fall again.`,
    needs: [...transports.http.needs],
    rows: {
      growth: {
        what: `poll, http: memory gained from ${from} to ${to} polls`,
        unit: 'bytes',
        budget: [{ atMost: 5e5 }],
      },
    },
    async open(bench) {
      const site = await openSite('http')
      const { way } = site
      return {
        measure: {
          ...ofGitSync<Key>(bench, async (executable) => {
            const flags = [...way.flags, '--period=10ms']
            await using daemon = startGitSync(executable, { ...way, flags })
            await daemon.untilPolled(polls)
            const before = await leastOf(daemon)
            await daemon.untilPolled(longPolls - polls)
            return { growth: (await leastOf(daemon)) - before }
          }),
          beside: null,
        },
        [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
      }
    },
  }
}

/** Anonymous bytes where the saw of garbage and collections is lowest. */
async function leastOf(daemon: GitSync): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let look = 0; look < looks; look++) {
    least = Math.min(least, memoryOf(daemon.pid).anonymousBytes ?? least)
    await daemon.untilPolled(pollsBetween)
  }
  return least
}
