import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command } from './command.ts'
import { tryLock } from './file-lock.ts'

test('one holds the lock, and others are told who', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'))
  const path = join(folder, 'lock')
  const first = tryLock(path, 'pid 1')
  expect(first.kind).toBe('held')
  expect(tryLock(path, 'pid 2')).toEqual({ kind: 'taken', by: 'pid 1' })
  if (first.kind === 'held') first.lock.release()
  const second = tryLock(path, 'pid 2')
  expect(second.kind).toBe('held')
  if (second.kind === 'held') second.lock.release()
  await rm(folder, { recursive: true })
})

test('a child that got the lock keeps it held after we let go', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'))
  const path = join(folder, 'lock')
  const taken = tryLock(path, 'pid 1')
  if (taken.kind !== 'held') throw new Error(taken.kind)
  const stop = new AbortController()
  const child = command(['sleep', '60'], {
    env: { PATH: process.env.PATH },
    inherit: taken.lock.descriptor,
    stop: stop.signal,
  })
  taken.lock.release()
  expect(tryLock(path, 'pid 2')).toEqual({ kind: 'taken', by: 'pid 1' })
  stop.abort()
  await child
  const again = tryLock(path, 'pid 2')
  expect(again.kind).toBe('held')
  if (again.kind === 'held') again.lock.release()
  await rm(folder, { recursive: true })
})

test('a lock is taken also while its holder has not said who it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'))
  const path = join(folder, 'lock')
  const first = tryLock(path, '')
  await Bun.write(path, '')
  expect(tryLock(path, 'second').kind).toBe('taken')
  if (first.kind === 'held') first.lock.release()
  expect(tryLock(path, 'second').kind).toBe('held')
  await rm(folder, { recursive: true })
})

test('a file that cannot be locked or written is no reason to give up', async () => {
  const full = tryLock('/dev/full', 'me')
  expect(full.kind).toBe('held')
  if (full.kind === 'held') full.lock.release()
})

test('a lock whose file was removed stands no more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'))
  const path = join(folder, 'lock')
  const taken = tryLock(path, 'pid 1')
  if (taken.kind !== 'held') throw new Error(taken.kind)
  expect(taken.lock.stands()).toBe(true)
  await rm(path)
  expect(taken.lock.stands()).toBe(false)
  const again = tryLock(path, 'pid 2')
  expect(again.kind).toBe('held')
  expect(taken.lock.stands()).toBe(false)
  await rm(folder, { recursive: true })
})
