import { expect, setDefaultTimeout, test } from 'bun:test'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, untilPublished } from './git-sync-run.ts'
import { deliver, startPushed, synchronising } from './push-run.ts'

setDefaultTimeout(60_000)

const never = '7c1f0a9b3d5e8264af10c9be5d7382640f1e9ac4'

test('a commit that the host does not show yet is looked for until it does', async () => {
  for (const flags of [['--ref=main'], []]) {
    await using pushed = await startPushed({ flags })
    for (const looks of [2, 4]) {
      // the push is told before the repository has it, as of a replica that lags
      const commit = await pushed.repository.commit({ a: `${looks}\n` })
      const passes = await pushed.passes()
      expect(await deliver(pushed, 'github push', { commit })).toEqual(synchronising)
      await until(async () => (await pushed.passes()) - passes >= looks || null)
      await pushed.repository.push()
      await untilPublished(pushed.link, commit, 5_000)
    }
    const passes = await pushed.passes()
    await Bun.sleep(1_200)
    expect(await pushed.passes()).toBe(passes)
    expect(errorsOf(pushed.sidecar)).toEqual([])
  }
})

test('a commit that never comes is given up after ten seconds, with one line', async () => {
  await using pushed = await startPushed({ flags: ['--ref=main'] })
  const passes = await pushed.passes()
  expect(await deliver(pushed, 'github push', { commit: never })).toEqual(synchronising)
  const line = await pushed.sidecar.line('the host does not show what a push has told of', {
    timeoutMs: 30_000,
  })
  expect(JSON.parse(line)).toMatchObject({ level: 0, ref: 'refs/heads/main', commit: never })
  const looked = (await pushed.passes()) - passes
  expect(looked).toBeGreaterThan(5)
  expect(looked).toBeLessThan(20)
  await Bun.sleep(1_200)
  expect((await pushed.passes()) - passes).toBe(looked)
})

test('whatever else is published ends the search: a later push has replaced it', async () => {
  await using pushed = await startPushed({ flags: ['--ref=main'] })
  expect(await deliver(pushed, 'github push', { commit: never })).toEqual(synchronising)
  const commit = await pushed.repository.publish({ a: '2\n' })
  await untilPublished(pushed.link, commit)
  const rests = async (): Promise<true | null> => {
    const passes = await pushed.passes()
    await Bun.sleep(1_200)
    return (await pushed.passes()) === passes || null
  }
  await until(rests, { timeoutMs: 6_000 })
})

test('a tag and a branch that HEAD is not are not waited for', async () => {
  await using pushed = await startPushed()
  const commit = await pushed.repository.publish({ a: '2\n' })
  expect(await deliver(pushed, 'github push', { commit })).toEqual(synchronising)
  await untilPublished(pushed.link, commit)
  const passes = await pushed.passes()
  const other = { ref: 'refs/heads/other', commit: never }
  expect(await deliver(pushed, 'github push', other)).toEqual(synchronising)
  await until(async () => ((await pushed.passes()) > passes ? true : null))
  await Bun.sleep(500)
  expect(await pushed.passes()).toBe(passes + 1)
})
