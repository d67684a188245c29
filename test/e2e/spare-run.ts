import { expect } from 'bun:test'
import { lstatSync } from 'node:fs'
import type { Repository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { until } from '#test/fixtures/until.ts'
import { untilPublished } from './git-sync-run.ts'

export const manyFiles = Object.fromEntries(
  Array.from({ length: 1000 }, (_, number) => [`d${number % 20}/${number}.txt`, `${number}\n`]),
)

export const quick = [
  '--spare-grace=100ms',
  '--verbose=5',
  '--git-gc=off',
  '--period=20ms',
] as const

/** Waits until there is a second tree of the commit. */
export function untilReady(sidecar: Sidecar, commit: string): Promise<true> {
  const ready = () =>
    sidecar.log().some((line) => line.msg === 'a second tree is ready' && line.commit === commit) ||
    null
  return until(ready, { what: `a second tree of ${commit}` })
}

/** Commits for which no new tree was made. */
export function brought(sidecar: Sidecar): readonly unknown[] {
  return sidecar
    .log()
    .filter((line) => line.msg === 'brought the second tree to the commit')
    .map((line) => line.commit)
}

/** For these commits no new tree was made, and for no others. The log may come a moment later. */
export async function expectBrought(sidecar: Sidecar, commits: readonly string[]): Promise<void> {
  const all = () => brought(sidecar).length >= commits.length || null
  await until(all).catch(() => {})
  const why = sidecar.log().flatMap(({ msg, why }) => (why === undefined ? [] : `${msg}: ${why}`))
  expect(brought(sidecar), why.join('\n')).toEqual(commits)
}

/** Publishes a change and waits until it is served; tells its commit. */
export async function follow(
  repository: Repository,
  { root, changes }: { readonly root: string; readonly changes: Record<string, string | null> },
): Promise<string> {
  const commit = await repository.publish(changes)
  await untilPublished(`${root}/site`, commit)
  return commit
}

export function inodes(root: string): ReadonlyMap<string, number> {
  return new Map(
    Object.keys(manyFiles).map((path) => [path, lstatSync(`${root}/site/${path}`).ino]),
  )
}

/** The commands that git was run with. */
export function programsRun(sidecar: Sidecar): readonly string[] {
  return sidecar
    .log()
    .filter((line) => line.msg === 'ran git')
    .map(({ args }) => (Array.isArray(args) ? args.slice(0, 2).join(' ') : ''))
}
