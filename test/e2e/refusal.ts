import { expect } from 'bun:test'
import type { Repository } from '#test/fixtures/repository.ts'
import { startSidecar } from '#test/fixtures/sidecar.ts'
import { errorsOf, expectServes, fingerprint } from './git-sync-run.ts'

/** A command line that is refused. */
export interface Refusal {
  readonly what: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly code: 1 | 2
  /** Words of its one line. */
  readonly says: readonly string[]
}

/** What is served meanwhile. */
export interface Served {
  readonly link: string
  readonly repository: Repository
  readonly commit: string
  /** Its `fingerprint`. */
  readonly before: readonly string[]
}

/** One line says why, without a secret and without more than anybody reads; what is served stays. */
export async function expectRefused(
  { args, env = {}, code, says }: Refusal,
  { link, repository, commit, before }: Served,
): Promise<void> {
  const sidecar = startSidecar(['git-sync', ...args], { env })
  expect(await sidecar.exited).toBe(code)
  const errors = errorsOf(sidecar)
  expect(errors).toHaveLength(1)
  for (const word of says) expect(errors[0]).toContain(word)
  expect(sidecar.stderr.join('\n')).not.toContain('hidden-word')
  expect(errors[0]?.length).toBeLessThan(600)
  expect(fingerprint(link)).toEqual(before)
  await expectServes(link, repository, commit)
}
