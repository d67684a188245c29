import { expect, test } from 'bun:test'
import { turns } from './turns.ts'

test('so many work at a time as there are turns, in their order, whoever fails', async () => {
  const turn = turns(2)
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const begun: number[] = []
  const works = ends.map(({ promise }, number) =>
    turn(() => {
      begun.push(number)
      return promise
    }).catch((error: unknown) => error),
  )
  expect(begun).toEqual([0, 1])
  ends[1]?.reject('no luck')
  expect(await works[1]).toBe('no luck')
  await Bun.sleep(0)
  expect(begun).toEqual([0, 1, 2])
  ends[0]?.resolve()
  ends[2]?.resolve()
  await works[2]
  await Bun.sleep(0)
  expect(begun).toEqual([0, 1, 2, 3, 4])
  for (const { resolve } of ends) resolve()
  await Promise.all(works)
})
