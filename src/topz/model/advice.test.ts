import { expect, test } from 'bun:test'
import { adviceFor, uidOfContainer, viewerUidOf } from './advice.ts'
import { madeUpPod, madeUpProcess } from './made-up-pod.ts'

test('what another user hides is read as that user, who is named, or as root with SYS_PTRACE', () => {
  expect(adviceFor('another-user', { uid: 101, viewerUid: 65_532 })).toBe(
    'Run topz as the same user (runAsUser: 101), or as root with the capability SYS_PTRACE (securityContext.capabilities.add)',
  )
  expect(adviceFor('another-user', { uid: 101, viewerUid: 0 })).toBe(
    'Run topz as the same user (runAsUser: 101), or give it the capability SYS_PTRACE (securityContext.capabilities.add)',
  )
  expect(adviceFor('another-user')).toStartWith('Run topz as the same user (runAsUser), or')
})

test('what the same user hides has more rights than topz', () => {
  expect(adviceFor('another-user', { uid: 101, viewerUid: 101 })).toStartWith(
    'Run topz as root with the capability SYS_PTRACE',
  )
  expect(adviceFor('another-user', { uid: 0, viewerUid: 0 })).toStartWith(
    'Give topz the capability SYS_PTRACE',
  )
})

test('each reason has advice, some fields their own', () => {
  expect(adviceFor('first-sight')).toContain('next sample')
  expect(adviceFor('counter-reset')).toContain('next sample')
  expect(adviceFor('ended')).toContain('Nothing to do')
  expect(adviceFor('not-offered')).toContain('kernel')
  expect(adviceFor('not-offered', { field: 'openFiles' })).toContain('Linux 6.2')
  expect(adviceFor('switched-off')).toContain('psi=1')
  expect(adviceFor('no-limit')).toContain('resources.limits')
  expect(adviceFor('no-limit', { field: 'memoryOfLimit' })).toContain('resources.limits.memory')
})

test('who looks and whose container it is are found in the table', () => {
  expect(viewerUidOf(madeUpPod)).toBe(101)
  expect(viewerUidOf({ ...madeUpPod, viewer: null })).toBeNull()
  const processes = [
    madeUpProcess(7, { uid: null, unknown: { uid: 'ended' } }),
    madeUpProcess(8, { uid: 33 }),
    madeUpProcess(9, { uid: 34 }),
  ]
  expect(uidOfContainer('app-id', processes)).toBe(33)
  expect(uidOfContainer('absent', processes)).toBeNull()
})
