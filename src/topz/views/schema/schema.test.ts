import { expect, test } from 'bun:test'
import { later, madeUpPod } from '#topz/model/made-up-pod.ts'
import { deltaOf } from '../delta.ts'
import { jsonText } from '../json.ts'
import { rounded } from '../rounded.ts'
import { jsonSchema } from './schema.ts'
import { faultsOf } from './validate-for-tests.ts'

const table = JSON.parse(jsonText(madeUpPod))

test('a table fits its schema, down to the last field', () => {
  expect(faultsOf(table, jsonSchema())).toEqual([])
})

test('a field that is added, missing or of another kind is a fault', () => {
  const [first] = table.processes
  const changed = (about: object): readonly string[] =>
    faultsOf({ ...table, processes: [{ ...first, ...about }] }, jsonSchema())
  expect(changed({ extra: 1 })).toEqual(['/processes/0/extra: is not documented'])
  expect(changed({ pid: 1.5 })).toEqual(['/processes/0/pid: 1.5 is not integer'])
  expect(changed({ state: 'tired' })[0]).toStartWith(
    '/processes/0/state: "tired" is none of running',
  )
  expect(changed({ unknown: { rssBytes: 'shy' } })[0]).toStartWith('/processes/0/unknown/rssBytes:')
  const { verdict: _, ...rest } = table
  expect(faultsOf(rest, jsonSchema())).toEqual(['/verdict: is missing'])
})

test('a delta fits its schema', () => {
  const [first, ...rest] = madeUpPod.processes
  if (first === undefined) throw new Error('the pod is empty')
  const next = later(madeUpPod, {
    processes: [{ ...first, cpuMillicores: 1 }, { ...first, key: 'new', pid: 2 }, ...rest.slice(1)],
    containers: madeUpPod.containers.toReversed(),
  })
  const delta = JSON.parse(JSON.stringify(deltaOf(rounded(madeUpPod), rounded(next))))
  expect(faultsOf(delta, jsonSchema(), '#/$defs/delta')).toEqual([])
  expect(faultsOf({ ...delta, since: 'now' }, jsonSchema(), '#/$defs/delta')).toHaveLength(1)
})
