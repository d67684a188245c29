import { expect, test } from 'bun:test'
import { closeSync, openSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { FileChanges } from './file-changes.ts'

test('each change of a file is told, and of no other one', async () => {
  await using folder = temporaryFolder('changes')
  const told: string[] = []
  const changes = new FileChanges()
  for (const name of ['a', 'b']) {
    writeFileSync(folder.at(name), '')
    expect(changes.watch(folder.at(name), () => told.push(name))).not.toBeNull()
  }
  for (let time = 1; time <= 3; time++) {
    writeFileSync(folder.at('a'), `${time}`)
    await until(() => (told.length === time ? true : null), { everyMs: 1 })
  }
  writeFileSync(folder.at('b'), 'x')
  await until(() => (told.length === 4 ? true : null), { everyMs: 1 })
  expect(told).toEqual(['a', 'a', 'a', 'b'])
  changes.close()
})

test('the file that is open is watched, whatever has its name by now', async () => {
  await using folder = temporaryFolder('changes')
  writeFileSync(folder.at('file'), '')
  const descriptor = openSync(folder.at('file'), 'r+')
  const changes = new FileChanges()
  let told = 0
  changes.watch(`/proc/self/fd/${descriptor}`, () => told++)
  unlinkSync(folder.at('file'))
  writeFileSync(folder.at('file'), 'another one')
  writeFileSync(descriptor, 'the one')
  await until(() => (told > 0 ? true : null), { everyMs: 1 })
  expect(told).toBe(1)
  changes.close()
  closeSync(descriptor)
})

test('a file that is watched no more is not told of', async () => {
  await using folder = temporaryFolder('changes')
  const told: string[] = []
  const changes = new FileChanges()
  const watches = ['a', 'b'].map((name) => {
    writeFileSync(folder.at(name), '')
    return changes.watch(folder.at(name), () => told.push(name))
  })
  changes.unwatch(watches[0] ?? -1)
  writeFileSync(folder.at('a'), 'x')
  writeFileSync(folder.at('b'), 'x')
  await until(() => (told.includes('b') ? true : null), { everyMs: 1 })
  expect(told).toEqual(['b'])
  changes.close()
})

test('what cannot be watched is no error, and closing leaves no descriptor', async () => {
  await using folder = temporaryFolder('changes')
  const held = (): number => readdirSync('/proc/self/fd').length
  const tryOnce = (): void => {
    const changes = new FileChanges()
    expect(changes.watch(folder.at('absent'), () => {})).toBeNull()
    changes.close()
    changes.close()
  }
  tryOnce() // what the runtime itself opens at first use stays
  const before = await until(() => held())
  for (let round = 0; round < 20; round++) tryOnce()
  await until(() => (held() <= before ? true : null))
})
