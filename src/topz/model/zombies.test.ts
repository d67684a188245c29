import { expect, test } from 'bun:test'
import { madeUpProcess } from './made-up-pod.ts'
import { foldZombies } from './zombies.ts'

const zombie = (pid: number, about: Parameters<typeof madeUpProcess>[1] = {}) =>
  madeUpProcess(pid, { name: 'sh', state: 'zombie', parentPid: 7, ...about })

test('two thousand zombies of one parent are one row, where the first of them stands', () => {
  const zombies = Array.from({ length: 2000 }, (_, at) => zombie(at + 100))
  const rows = foldZombies([madeUpProcess(7, {}), ...zombies, madeUpProcess(9000, {})])
  expect(rows.map(({ process, count }) => [process.pid, count])).toEqual([
    [7, 1],
    [100, 2000],
    [9000, 1],
  ])
})

test('zombies of another parent, program, user or container are other rows', () => {
  const rows = foldZombies([
    zombie(10),
    zombie(11),
    zombie(12, { parentPid: 8 }),
    zombie(13, { name: 'cat' }),
    zombie(14, { uid: 0 }),
    zombie(15, { container: 'b' }),
  ])
  expect(rows.map(({ count }) => count)).toEqual([2, 1, 1, 1, 1])
})

test('such a row keeps its key while its first zombies are waited for', () => {
  const key = (...pids: number[]) => foldZombies(pids.map((pid) => zombie(pid)))[0]?.key
  expect(key(10, 11, 12)).toBe(key(11, 12, 13) ?? '')
  expect(key(10)).toBe('10.100')
})
