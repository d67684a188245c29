import { parseArgs } from 'node:util'

export interface DemoOptions {
  /** The repository to show; null: a small site is made. */
  readonly repo: string | null
  /** The branch, tag or hash of it. */
  readonly ref: string
  /** Do what a person would, then end. */
  readonly check: boolean
}

export type Asked =
  | { readonly kind: 'run'; readonly options: DemoOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly reason: string }

export const help = `Usage: npm start [-- OPTIONS]

Shows both sidecars at work on this machine: git-sync follows a repository, a web server serves it,
topz shows the processes. Ctrl-C ends all of it and leaves nothing behind.

  --repo URL   a repository of yours instead of the small site that is made: http, ssh or a path
  --ref REF    the branch, tag or commit of it to follow (default HEAD)
  --check      do by itself what a person would, say what was seen, and end with 0 or 1
  --help       show this`

/** Reads the command line. */
export function readOptions(args: readonly string[]): Asked {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        repo: { type: 'string' },
        ref: { type: 'string' },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return { kind: 'help' }
    if (values.repo === '') return refused('--repo is empty; give a URL or a path')
    if (values.ref !== undefined && values.repo === undefined) {
      return refused('--ref needs --repo: the site that is made has one branch')
    }
    const { repo = null, ref = 'HEAD', check } = values
    return { kind: 'run', options: { repo, ref, check } }
  } catch (error) {
    // parseArgs explains itself in several sentences; the first one is enough
    return refused((error instanceof Error ? error.message : String(error)).split(/[.;] /)[0] ?? '')
  }
}

function refused(reason: string): Asked {
  return { kind: 'refused', reason }
}
