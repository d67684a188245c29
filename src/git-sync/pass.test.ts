import { expect, test } from 'bun:test'
import type { Agreed, Verified } from '#git-sync/gate/gate.ts'
import { toCommit } from '#git-sync/git/refs.ts'
import { type Outcome, pass, type Stages } from './pass.ts'

const one = toCommit('1'.repeat(40))
const two = toCommit('2'.repeat(40))

/** Stages that write down what was asked of them. */
function recorded(changed: Partial<Stages> = {}): { stages: Stages; calls: string[] } {
  const calls: string[] = []
  const base: Stages = {
    current: async () => ({ commit: one, tree: '/t/1' }),
    resolve: async () => ({ ref: 'refs/heads/main', commit: two }),
    holds: async () => false,
    lastPublished: () => ({ commit: one }),
    fetch: async () => ({ commit: two }),
    mend: async () => false,
    verify: async (fetched) => fetched as Verified,
    materialise: async ({ commit }) => ({ commit, path: '/t/new', admin: '/a' }),
    gate: async (tree) => tree as Agreed,
    place: async ({ commit }) => ({ commit, tree: `/t/${commit}` }),
    prePublish: () => {},
    publish: async (placed) => ({ ...placed, link: '/site' }),
    notify: () => {},
  }
  const stages = Object.fromEntries(
    Object.entries({ ...base, ...changed }).map(([name, stage]) => [
      name,
      (...args: unknown[]) => {
        calls.push(name)
        return (stage as (...args: unknown[]) => unknown)(...args)
      },
    ]),
  ) as unknown as Stages
  return { stages, calls }
}

function kindOf(outcome: Outcome): string {
  return outcome.kind
}

test('a moved ref goes through all stages in order', async () => {
  const { stages, calls } = recorded()
  expect(kindOf(await pass(stages))).toBe('published')
  expect(calls.filter((name) => name !== 'holds' && name !== 'lastPublished')).toEqual([
    'current',
    'resolve',
    'fetch',
    'verify',
    'materialise',
    'gate',
    'place',
    'prePublish',
    'publish',
    'notify',
  ])
})

test('a ref where it was costs one question', async () => {
  const { stages, calls } = recorded({
    resolve: async () => ({ ref: 'HEAD', commit: one }),
    holds: async () => true,
  })
  expect(kindOf(await pass(stages))).toBe('unchanged')
  expect(calls).toEqual(['current', 'resolve', 'holds', 'verify'])
})

test('more history for the served commit is fetched without publishing again', async () => {
  const { stages, calls } = recorded({
    resolve: async () => ({ ref: 'HEAD', commit: one }),
    fetch: async () => ({ commit: one }),
  })
  expect(kindOf(await pass(stages))).toBe('unchanged')
  expect(calls).toContain('fetch')
  expect(calls).not.toContain('materialise')
})

test('a damaged tree of the wanted commit is built again without the network', async () => {
  const { stages, calls } = recorded({
    current: async () => null,
    resolve: async () => ({ ref: 'HEAD', commit: one }),
    holds: async () => true,
  })
  expect(kindOf(await pass(stages))).toBe('published')
  expect(calls).not.toContain('fetch')
})

test('a damaged tree is built again while the host is away, and the pass fails', async () => {
  const { stages, calls } = recorded({
    current: async () => null,
    resolve: async () => {
      throw new Error('host is away')
    },
  })
  expect(pass(stages)).rejects.toThrow('host is away')
  await pass(stages).catch(() => {})
  expect(calls).toContain('publish')
  expect(calls).toContain('notify')
})

test('a broken repository is mended and the commit fetched again in the same pass', async () => {
  let tries = 0
  const { stages, calls } = recorded({
    mend: async () => true,
    materialise: async ({ commit }) => {
      if (tries++ === 0) throw new Error('missing blob')
      return { commit, path: '/t/new', admin: '/a' }
    },
  })
  expect(kindOf(await pass(stages))).toBe('published')
  expect(calls.filter((name) => name === 'fetch')).toHaveLength(2)
})

test('hooks hear of a tree when it has its place, and of its publication when it is served', async () => {
  const refuse = async (): Promise<never> => {
    throw new Error('no room')
  }
  const unplaced = recorded({ place: refuse })
  await expect(pass(unplaced.stages)).rejects.toThrow('no room')
  expect(unplaced.calls).not.toContain('prePublish')
  const unpublished = recorded({ publish: refuse })
  await expect(pass(unpublished.stages)).rejects.toThrow('no room')
  expect(unpublished.calls).toContain('prePublish')
  expect(unpublished.calls).not.toContain('notify')
})
