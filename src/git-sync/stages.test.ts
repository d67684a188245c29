import { expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agreed, Verified } from '#git-sync/gate/gate.ts'
import { Git } from '#git-sync/git/git.ts'
import { toCommit } from '#git-sync/git/refs.ts'
import { layoutOf } from '#git-sync/tree/layout.ts'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { stagesOf } from './stages.ts'

test('the grace of the old tree has begun when the new one is published', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sidecars-stages-'))
  const layout = layoutOf(root)
  const [old, next] = [toCommit('1'.repeat(40)), toCommit('2'.repeat(40))]
  await mkdir(layout.treeOf(old), { recursive: true })
  await mkdir(layout.gitDir)
  await symlink(`.worktrees/${old}`, join(root, 'site'))
  const log = createLog({ verbosity: 0, clock: systemClock, write: () => {} })
  const nowMs = systemClock.nowMs() + 3_600_000
  let graceSinceMs = 0
  const stages = stagesOf(
    {
      layout,
      log,
      pointer: join(root, 'site'),
      ref: 'HEAD',
      url: '',
      depth: 1,
      submodules: 'off',
      sparseCheckoutFile: '',
      filter: '',
      groupWrite: false,
      gitConfig: '',
      gitConfigAdd: [],
      gate: {
        recall: () => {},
        verify: async (fetched) => fetched as Verified,
        agree: async (tree) => tree as Agreed,
      },
      publisher: {
        check: async () => {},
        place: async ({ commit, path }) => ({ commit, tree: path }),
        async publish(placed) {
          graceSinceMs = (await stat(layout.treeOf(old))).mtimeMs
          return { ...placed, link: '' }
        },
        stands: async () => true,
        holds: () => false,
      },
      clock: { ...systemClock, nowMs: () => nowMs },
      bootIdFile: '/proc/sys/kernel/random/boot_id',
      prePublish: () => {},
      notify: () => {},
      endQuiet: async () => {},
      giveWay: async () => {},
      spare: { take: async () => null, giveUp: async () => false },
    },
    {
      git: new Git({ program: 'true', env: {}, root, log, stop: new AbortController().signal }),
      remote: { tip: async () => ({ ref: 'HEAD', commit: next }) },
      stop: new AbortController().signal,
      holding: { lastPublished: old, depth: 1, isTrusted: true, peeled: null },
    },
  )
  const agreed = await stages.gate({ commit: next, path: layout.newTree(), admin: '' })
  await stages.publish(await stages.place(agreed))
  await rm(root, { recursive: true })
  expect(Math.round(graceSinceMs)).toBe(nowMs)
})
