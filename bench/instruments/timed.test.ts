import { expect, test } from 'bun:test'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { timed } from './timed.ts'

test('the CPU and the writes of a program are those of its children too', async () => {
  await using folder = temporaryFolder('timed')
  const work = 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; head -c 1000000 /dev/zero > out'
  const { wallMs, cpuMs, writtenBytes } = await timed(['sh', '-c', `(${work}); true`], {
    cwd: folder.path,
  })
  expect(cpuMs).toBeGreaterThanOrEqual(10)
  expect(wallMs).toBeGreaterThanOrEqual(10)
  expect(writtenBytes).toBeGreaterThanOrEqual(1_000_000)
})

test('a program that fails is no measurement, and its words are told', async () => {
  const failing = timed(['sh', '-c', 'echo no such thing >&2; exit 3'])
  await expect(failing).rejects.toThrow('exit 3: no such thing')
})
