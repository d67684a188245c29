import { parseArgs } from 'node:util'
import { type SizeOptions, sizesFor, subjectsFor } from './subjects.ts'

export interface BenchOptions extends SizeOptions {
  /** Names of subjects; none: all of them. */
  readonly only: readonly string[]
  readonly runs: number
  /** An executable that takes git-sync's flags, as it was given. */
  readonly peer: string | null
  readonly write: boolean
}

export type Asked =
  | { readonly kind: 'run'; readonly options: BenchOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly reason: string }

const names = subjectsFor(sizesFor({ quick: false, long: true })).map(({ name }) => name)

export const help = `Usage: npm run bench [-- OPTIONS]

Measures both sidecars beside git, top and, if given, another git-sync, and prints one table. What
misses its budget is marked. Medians of all runs; needs a quiet machine and some minutes.

  --quick       small numbers, one run, under a minute: shows that it works, its figures are noise
  --only NAME   only this subject, more than once for more:
                ${names.join(' ')}
  --runs N      how often all is measured (default 3, with --quick 1)
  --peer PATH   an executable that takes the flags of kubernetes/git-sync
  --long        also how much memory grows over ten times as many polls
  --write       write docs/performance.md too
  --help        show this`

/** Reads the command line. */
export function readOptions(args: readonly string[]): Asked {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        runs: { type: 'string' },
        peer: { type: 'string' },
        long: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return { kind: 'help' }
    const { quick, only, long, write, peer = null } = values
    const runs = values.runs ?? (quick ? '1' : '3')
    const unknown = only.find((name) => !names.includes(name))
    if (unknown !== undefined) return refused(`--only ${JSON.stringify(unknown)}: no such subject`)
    if (!/^[1-9]\d*$/.test(runs)) return refused(`--runs ${JSON.stringify(runs)}: not a number`)
    if (write && (quick || only.length > 0)) {
      return refused('--write wants all subjects in full: leave --quick and --only out')
    }
    return { kind: 'run', options: { quick, only, long, write, peer, runs: Number(runs) } }
  } catch (error) {
    // parseArgs explains itself in several sentences; the first one is enough
    return refused((error instanceof Error ? error.message : String(error)).split(/[.;] /)[0] ?? '')
  }
}

function refused(reason: string): Asked {
  return { kind: 'refused', reason }
}
