import { expect, test } from 'bun:test'
import { noFigures } from '#topz/cgroupfs/figures.ts'
import { limitFault, limitsByName, withLimits } from './limits.ts'

test('quantities are read as Kubernetes writes them', () => {
  const quantities: Readonly<Record<string, number>> = {
    '134217728': 134217728,
    '128Mi': 134217728,
    '1.5Gi': 1610612736,
    '64k': 64000,
    '1e9': 1e9,
    '2T': 2e12,
  }
  for (const [text, memoryLimitBytes] of Object.entries(quantities)) {
    expect(limitsByName([`app:memory=${text}`]).get('app')).toEqual({ memoryLimitBytes })
  }
  expect(limitsByName(['app:cpu=500m']).get('app')?.cpuLimitMillicores).toBe(500)
  expect(limitsByName(['app:cpu=2']).get('app')?.cpuLimitMillicores).toBe(2000)
})

test('what is no limit is refused, and says how one is written', () => {
  const wrong = [
    'app',
    'app:memory',
    'app:memory=',
    'app:memory=12 Mi',
    'app:memory=-1',
    'app:cpu=0',
  ]
  const more = [
    'app:disk=1Gi',
    'App:cpu=1',
    ':cpu=1',
    'app:cpu=$(APP_CPU)m',
    'a:cpu=1x',
    'a:cpu=1e999',
  ]
  for (const text of [...wrong, ...more]) expect(limitFault(text)).toContain('app:memory=128Mi')
  expect(limitFault('app:memory=128Mi')).toBeNull()
})

test('limits of one container come together, and the last one for a thing counts', () => {
  const limits = limitsByName(['app:cpu=1', 'web:cpu=2', 'app:memory=1Mi', 'app:cpu=3'])
  expect(limits.get('app')).toEqual({ cpuLimitMillicores: 3000, memoryLimitBytes: 2 ** 20 })
  expect(limits.get('web')).toEqual({ cpuLimitMillicores: 2000 })
})

test('a limit is taken where the control group is hidden, and only there', () => {
  const limits = { cpuLimitMillicores: 500, memoryLimitBytes: 1000 }
  expect(withLimits(noFigures('another-user'), limits)).toEqual({
    figures: { ...noFigures('another-user'), ...limits },
    from: 'option',
  })
  const told = {
    ...noFigures('not-offered'),
    cpuLimitMillicores: 200,
    memoryLimitBytes: 'no-limit',
  } as const
  expect(withLimits(told, limits)).toEqual({ figures: told, from: 'cgroup' })
  const hidden = noFigures('another-user')
  expect(withLimits(hidden, undefined)).toEqual({ figures: hidden, from: 'cgroup' })
})
