import { firstSync } from './rows/first-sync.ts'
import { growth } from './rows/growth.ts'
import { pollByFile, pollByHttp, pollBySsh } from './rows/poll.ts'
import { pushByFile, pushByHttp } from './rows/push.ts'
import { startUp } from './rows/start-up.ts'
import { topzMemory } from './rows/topz-memory.ts'
import { topzSample, topzSampleFew, topzSampleMany } from './rows/topz-sample.ts'
import { update } from './rows/update.ts'
import type { Sizes, Subject } from './subject.ts'

const makers = [
  startUp,
  firstSync,
  pollByFile,
  pollByHttp,
  pollBySsh,
  update,
  pushByFile,
  pushByHttp,
  growth,
  topzSampleFew,
  topzSample,
  topzSampleMany,
  topzMemory,
] as const satisfies readonly ((sizes: Sizes) => Subject | null)[]

/** In the order of the table. */
export function subjectsFor(sizes: Sizes): readonly Subject[] {
  return makers.map((make): Subject | null => make(sizes)).filter((subject) => subject !== null)
}

const full: Sizes = {
  files: 50_000,
  changed: [1, 1000],
  polls: { file: 1000, http: 1000, ssh: 200 },
  firstPolls: 20,
  tracedPolls: 20,
  longPolls: null,
  starts: 20,
  pushes: 50,
  processes: 500,
  topzMs: 120_000,
}

/** Figures of these are noise: they show that everything works. */
const quick: Sizes = {
  ...full,
  files: 2000,
  changed: [1, 40],
  polls: { file: 40, http: 40, ssh: 10 },
  firstPolls: 5,
  tracedPolls: 5,
  starts: 3,
  pushes: 5,
  processes: 100,
  topzMs: 5000,
}

export interface SizeOptions {
  readonly quick: boolean
  readonly long: boolean
}

export function sizesFor(options: SizeOptions): Sizes {
  const sizes = options.quick ? quick : full
  return options.long ? { ...sizes, longPolls: sizes.polls.http * 10 } : sizes
}
