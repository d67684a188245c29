import { startGitSync } from '../instruments/git-sync.ts'
import { openSite, transports } from '../instruments/transport.ts'
import { memoryOf } from '../instruments/usage.ts'
import { ofGitSync, type Sizes, type Subject } from '../subject.ts'

type Key = 'growth'

/** Null in runs that are not long. */
export function growth({ polls: { http: polls }, longPolls }: Sizes): Subject<Key> | null {
  if (longPolls === null) return null
  const [from, to] = [polls, longPolls].map((count) => count.toLocaleString('en'))
  return {
    name: 'growth',
    how: `Anonymous memory of a daemon with \`--period=10ms\` over http: after ${to} polls less that after ${from}.`,
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
            const before = memoryOf(daemon.pid).anonymousBytes
            await daemon.untilPolled(longPolls - polls)
            const after = memoryOf(daemon.pid).anonymousBytes
            return { growth: before === null || after === null ? null : after - before }
          }),
          beside: null,
        },
        [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
      }
    },
  }
}
