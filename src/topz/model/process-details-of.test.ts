import { expect, test } from 'bun:test'
import type { Details } from '#topz/sample/details.ts'
import { madeUpProcess } from './made-up-pod.ts'
import { processDetailsOf } from './process-details-of.ts'

const details: Details = {
  memory: { pssBytes: 30, ussBytes: 20, swapBytes: 0, tookMs: 1 },
  threads: [
    { tid: 7, name: 'main', state: 'S', cpuSeconds: 1, waitSeconds: 'not-offered' },
    { tid: 8, name: 'busy', state: 'R', cpuSeconds: 9, waitSeconds: 0.5 },
  ],
  openFiles: { file: 3, socket: 1 },
  limits: [{ name: 'Max open files', soft: 1024, hard: Number.POSITIVE_INFINITY, unit: 'files' }],
  environment: [
    'PATH=/bin',
    'DB_PASSWORD=hunter2',
    'URL=postgres://me:hunter2@db/x',
    '--token',
    'x',
  ],
}

test('threads that work stand first, no limit is null, states are words', () => {
  const { threads, limits, memory, unknown } = processDetailsOf(madeUpProcess(7, {}), details, 101)
  expect(threads).toEqual([
    { tid: 8, name: 'busy', state: 'running', cpuSeconds: 9, waitSeconds: 0.5 },
    { tid: 7, name: 'main', state: 'sleeping', cpuSeconds: 1, waitSeconds: null },
  ])
  expect(limits).toEqual([{ name: 'Max open files', soft: 1024, hard: null, unit: 'files' }])
  expect(memory?.pssBytes).toBe(30)
  expect(unknown).toEqual({})
})

test('an environment shows no secret', () => {
  const { environment } = processDetailsOf(madeUpProcess(7, {}), details, 101)
  expect(environment).toHaveLength(5)
  expect(environment?.[0]).toBe('PATH=/bin')
  expect(environment?.[1]).toBe('DB_PASSWORD=***')
  expect(environment?.join(' ')).not.toContain('hunter2')
})

test('what is hidden has its reason, and what would make it readable', () => {
  const hidden = processDetailsOf(
    madeUpProcess(7, { uid: 33 }),
    { ...details, memory: 'another-user', openFiles: 'another-user', environment: null },
    101,
  )
  expect(hidden).toMatchObject({ memory: null, openFiles: null, environment: null })
  expect(hidden.unknown).toEqual({
    memory: 'another-user',
    openFiles: 'another-user',
    environment: 'not-asked',
  })
  expect(hidden.advice.memory).toContain('runAsUser: 33')
  expect(hidden.advice.environment).toBe(
    'Start topz with --environment to have it shown, secrets masked',
  )
})
