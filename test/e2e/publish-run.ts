import { expect } from 'bun:test'
import { lstatSync } from 'node:fs'
import type { Repository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { freshCheckout, wholeOf } from './spare-checkout.ts'

export const modes = ['link', 'in-place', 'exchange'] as const

/** What a folder of the repository has in a commit, by a git that knows nothing of ours. */
export async function expectFresh(
  path: string,
  repository: Repository,
  { commit, subdir = '' }: { readonly commit: string; readonly subdir?: string },
): Promise<void> {
  await using folder = temporaryFolder('fresh')
  const fresh = await freshCheckout(repository, { commit, at: folder.at('fresh') })
  expectFiles(path, fresh, subdir)
}

/** The same of what git made of a commit before. */
export function expectFiles(path: string, fresh: ReadonlyMap<string, string>, subdir = ''): void {
  const prefix = subdir === '' ? '' : `${subdir}/`
  const wanted = [...fresh].filter(([at]) => at.startsWith(prefix))
  expect(linesOf(wholeOf(`${path}/`))).toEqual(
    linesOf(new Map(wanted.map(([at, content]) => [at.slice(prefix.length), content]))),
  )
}

/** The top is the consumer's own. */
function linesOf(all: ReadonlyMap<string, string>): readonly string[] {
  return [...all]
    .filter(([path]) => path !== '')
    .map(([path, content]) => `${path} ${content}`)
    .sort()
}

/** Waits until the log tells that the commit is published; its files are there then. */
export function untilTold(sidecar: Sidecar, commit: string, timeoutMs = 20_000): Promise<true> {
  const told = () =>
    sidecar.log().some((line) => line.msg === 'published' && line.commit === commit) || null
  return until(told, { timeoutMs, everyMs: 5, what: `${commit} in the log` })
}

/** The same of a commit that may have been published before: waits for the last record of any. */
export function untilServed(sidecar: Sidecar, commit: string): Promise<true> {
  const served = () =>
    sidecar.log().findLast((line) => line.msg === 'published')?.commit === commit || null
  return until(served, { timeoutMs: 20_000, everyMs: 5, what: `${commit} last in the log` })
}

/** Waits until the folder has what the commit has. */
export function untilFresh(path: string, repository: Repository, commit: string): Promise<true> {
  return until(async (): Promise<true> => {
    await expectFresh(path, repository, { commit })
    return true
  })
}

export function inodeOf(path: string): number {
  return lstatSync(path).ino
}
