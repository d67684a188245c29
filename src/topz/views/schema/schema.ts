import { reasons } from '../columns.ts'
import {
  containerFields,
  eventFields,
  type Field,
  networkFields,
  processFields,
  tableFields,
} from './fields.ts'

/** JSON Schema as a value. */
export type Schema = Readonly<Record<string, unknown>>

/** Each kind of record and its fields: what schema and documents are made from. */
export const records: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  table: tableFields,
  container: containerFields,
  process: processFields,
  network: networkFields,
  event: eventFields,
}

/**
 * The shape of `/topz.json` and of the stream's events as JSON Schema (draft 2020-12). Fields may be
 * added to it: readers ignore what they do not know.
 */
export function jsonSchema(): Schema {
  const definitions = Object.entries(records).map(([name, fields]) => [name, recordSchema(fields)])
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'topz',
    description: 'What /topz.json answers; #/$defs/delta is an event "delta" of /topz/stream',
    $ref: '#/$defs/table',
    $defs: {
      ...Object.fromEntries(definitions),
      unknown: {
        description: 'Reasons by the names of fields that are null',
        type: 'object',
        additionalProperties: { type: 'string', enum: Object.keys(reasons) },
      },
      delta: deltaSchema(),
      containerChanges: changesSchema('container'),
      processChanges: changesSchema('process'),
    },
  }
}

function recordSchema(fields: Readonly<Record<string, Field>>): Schema {
  return {
    type: 'object',
    required: Object.keys(fields),
    properties: propertiesOf(fields),
  }
}

function propertiesOf(fields: Readonly<Record<string, Field>>): Schema {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, schemaOf(field)]))
}

function schemaOf({ type, nullable, unit, values, of, help }: Field): Schema {
  const description = unit === undefined ? help : `${help} (${unit})`
  const reference = { $ref: `#/$defs/${of}` }
  if (type === 'object') {
    return nullable
      ? { description, anyOf: [reference, { type: 'null' }] }
      : { description, ...reference }
  }
  if (type === 'array') return { description, type, items: reference }
  return {
    description,
    type: nullable ? [type, 'null'] : type,
    ...(values === undefined ? {} : { enum: nullable ? [...values, null] : values }),
  }
}

/** Some fields of a record. */
function partOf(fields: Readonly<Record<string, Field>>): Schema {
  return { type: 'object', properties: propertiesOf(fields) }
}

function deltaSchema(): Schema {
  return {
    description: 'What changed since the table of that time',
    type: 'object',
    required: ['schema', 'since', 'table', 'containers', 'processes'],
    properties: {
      schema: { type: 'integer', enum: [1] },
      since: { description: 'takenAtMs of the table before', type: 'integer' },
      table: partOf(tableFields),
      containers: { $ref: '#/$defs/containerChanges' },
      processes: { $ref: '#/$defs/processChanges' },
    },
  }
}

function changesSchema(of: 'container' | 'process'): Schema {
  const row = { $ref: `#/$defs/${of}` }
  const pair = (first: string, second: Schema): Schema => ({
    type: 'array',
    prefixItems: [{ type: first }, second],
    minItems: 2,
    maxItems: 2,
  })
  return {
    anyOf: [
      {
        type: 'object',
        required: ['all'],
        properties: { all: { type: 'array', items: row } },
      },
      {
        type: 'object',
        required: ['gone', 'changed', 'came'],
        properties: {
          gone: { type: 'array', items: { type: 'string' } },
          changed: { type: 'array', items: pair('string', partOf(records[of] ?? {})) },
          came: { type: 'array', items: pair('integer', row) },
        },
      },
    ],
  }
}
