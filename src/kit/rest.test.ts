import { expect, test } from 'bun:test'
import { createRest } from './rest.ts'

function watched(): { readonly rest: ReturnType<typeof createRest>; told(): readonly string[] } {
  const told: string[] = []
  const rest = createRest({
    forget: () => void told.push('forget'),
    collect: () => void told.push('collect'),
  })
  return { rest, told: () => told.splice(0) }
}

test('the first turn without work forgets what the start was done with, the later ones do not', () => {
  const { rest, told } = watched()
  rest.worked()
  expect(told()).toEqual([])
  rest.idled()
  expect(told()).toEqual(['forget', 'collect'])
  rest.worked()
  rest.worked()
  expect(told()).toEqual([])
  rest.idled()
  expect(told()).toEqual(['collect'])
})

test('each hundredth turn without work collects', () => {
  const { rest, told } = watched()
  rest.idled()
  told()
  for (let turn = 1; turn < 100; turn++) rest.idled()
  expect(told()).toEqual([])
  rest.idled()
  expect(told()).toEqual(['collect'])
  for (let turn = 0; turn < 100; turn++) rest.idled()
  expect(told()).toEqual(['collect'])
})
