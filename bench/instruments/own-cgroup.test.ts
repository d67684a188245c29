import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { startChild } from '#test/fixtures/child.ts'
import { openCgroup } from './own-cgroup.ts'

const probe = openCgroup()
await probe?.[Symbol.asyncDispose]()

test.skipIf(probe === null)('what a member holds is counted, and nothing stays', async () => {
  const group = openCgroup()
  if (group === null) throw new Error('Cannot make a second group')
  const { procs } = group
  const empty = group.workingSetBytes() ?? Number.NaN
  const script = `echo $$ > ${procs}; text=$(head -c 8000000 /dev/zero | tr '\\0' x); echo held; while :; do sleep 0.1; done`
  const child = startChild(['sh', '-c', script])
  await child.line('held')
  expect((group.workingSetBytes() ?? 0) - empty).toBeGreaterThan(8_000_000)
  await child.stop()
  await group[Symbol.asyncDispose]()
  expect(existsSync(dirname(procs))).toBe(false)
})
