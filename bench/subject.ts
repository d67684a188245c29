import type { Need } from '#test/fixtures/needs.ts'
import type { Limit } from './budget.ts'
import type { TransportName } from './instruments/transport.ts'
import type { Unit } from './units.ts'

/** Who is measured: an executable of ours, a program people know, another git-sync. */
export type Who = 'ours' | 'beside' | 'peer'

/** A line of the table. */
export interface Row {
  /** `1 of 50,000 files changed: time to the flip`. */
  readonly what: string
  readonly unit: Unit
  /** What stands beside ours, as people type it; nothing compares when it is not given. */
  readonly beside?: string
  /** False where no git-sync of somebody else has what is measured. */
  readonly peer?: false
  /** One that holds is enough. */
  readonly budget?: readonly Limit[]
}

/** What one run gave for the rows; a row without a figure could not be measured. */
export type Figures<Key extends string = string> = { readonly [K in Key]?: number | null }

/** Rows that are measured together. */
export interface Subject<Key extends string = string> {
  /** For `--only`. */
  readonly name: string
  /** How it is measured, for the page: whole sentences. */
  readonly how: string
  readonly needs: readonly Need[]
  readonly rows: Readonly<Record<Key, Row>>
  /** Sets up what all runs share. */
  open(bench: Bench): Promise<Contest<Key>>
}

export interface Contest<Key extends string = string> extends AsyncDisposable {
  /** One run of each; null for who is not there. */
  readonly measure: Readonly<Record<Who, (() => Promise<Figures<Key>>) | null>>
}

export interface Bench {
  readonly sizes: Sizes
  /** Executables that take git-sync's flags. */
  readonly gitSync: { readonly ours: string; readonly peer: string | null }
}

export interface Sizes {
  /** Of the large repository. */
  readonly files: number
  /** How many of them a commit changes, one commit each. */
  readonly changed: readonly number[]
  /** Over each transport; a login by ssh takes its time. */
  readonly polls: Readonly<Record<TransportName, number>>
  /** Polls before those: what can be remembered is remembered then. */
  readonly firstPolls: number
  /** Polls whose programs are counted: tracing them takes long. */
  readonly tracedPolls: number
  /** After which the growth of the memory is looked at; null: it is not. */
  readonly longPolls: number | null
  readonly starts: number
  /** That are told to git-sync. */
  readonly pushes: number
  /** That topz samples. */
  readonly processes: number
  /** For how long it is looked at. */
  readonly topzMs: number
}

/** The same measurement of both executables of git-sync. */
export function ofGitSync<Key extends string>(
  { gitSync: { ours, peer } }: Bench,
  measure: (executable: string) => Promise<Figures<Key>>,
): Pick<Contest<Key>['measure'], 'ours' | 'peer'> {
  return { ours: () => measure(ours), peer: peer === null ? null : () => measure(peer) }
}
