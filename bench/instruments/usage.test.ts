import { expect, test } from 'bun:test'
import { startChild } from '#test/fixtures/child.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { memoryOf, untilQuiet, usageOf, usedBetween } from './usage.ts'

/** Some hundredths of a second of CPU. */
const work = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'

test('the CPU of a child counts while it lives and after its end', async () => {
  for (const script of [`(${work}; echo done; sleep 60); true`, `(${work}); echo done; sleep 60`]) {
    await using parent = startChild(['sh', '-c', script])
    await parent.line('done')
    expect(usageOf(parent.pid).cpuMs).toBeGreaterThanOrEqual(20)
  }
})

test('a process is quiet when it has no child and does nothing', async () => {
  const script = `sleep 0.3; echo slept; ${work}; echo worked; read line`
  const parent = Bun.spawn(['sh', '-c', script], { stdin: 'pipe', stdout: 'pipe' })
  await untilQuiet(parent.pid, 250)
  parent.kill()
  expect(await parent.stdout.text()).toBe('slept\nworked\n')
})

test('what a child wrote is the usage between two moments', async () => {
  await using folder = temporaryFolder('usage')
  const script = `read go < ${folder.at('go')}; head -c 1000000 /dev/zero > ${folder.at('out')}; echo done; sleep 60`
  await Bun.spawn(['mkfifo', folder.at('go')]).exited
  await using parent = startChild(['sh', '-c', script])
  const before = usageOf(parent.pid)
  await Bun.write(folder.at('go'), 'go\n')
  await parent.line('done')
  const { writtenBytes } = usedBetween(before, usageOf(parent.pid))
  expect(writtenBytes).toBeGreaterThanOrEqual(1_000_000)
  expect(writtenBytes).toBeLessThan(1_200_000)
})

test('the memory of a process is told, and of one that has ended it is not', async () => {
  const { anonymousBytes, rssBytes } = memoryOf(process.pid)
  expect(anonymousBytes).toBeGreaterThan(1e6)
  expect(rssBytes).toBeGreaterThan(anonymousBytes ?? 0)
  const child = startChild(['true'])
  await child.exited
  expect(memoryOf(child.pid)).toEqual({ anonymousBytes: null, rssBytes: null })
})
