import type { Schema } from './schema.ts'

/*
 * The part of JSON Schema (2020-12) that our schema uses, strictly: a property that the schema does not
 * name is a fault here, and so is a keyword that this does not know.
 */

const known = new Set(
  '$schema title description $ref $defs type enum required properties additionalProperties items prefixItems minItems maxItems anyOf'.split(
    ' ',
  ),
)

/** What of a value does not fit, as `path: what`; empty when all of it does. */
export function faultsOf(value: unknown, root: Schema, start = '#'): readonly string[] {
  const at = (pointer: string): Schema =>
    pointer
      .split('/')
      .slice(1)
      .reduce((schema, name) => schema[name] as Schema, root)

  function check(value: unknown, schema: Schema, path: string): readonly string[] {
    const strange = Object.keys(schema).filter((word) => !known.has(word))
    if (strange.length > 0) throw new Error(`This does not know ${strange} at ${path}`)
    const faults: string[] = []
    if (typeof schema.$ref === 'string') faults.push(...check(value, at(schema.$ref), path))
    const types = [schema.type ?? []].flat() as string[]
    if (types.length > 0 && !types.some((type) => isOf(value, type))) {
      return [`${path}: ${JSON.stringify(value)} is not ${types.join(' or ')}`]
    }
    if (Array.isArray(schema.enum) && !schema.enum.includes(value)) {
      faults.push(`${path}: ${JSON.stringify(value)} is none of ${schema.enum.join(', ')}`)
    }
    if (Array.isArray(schema.anyOf)) {
      const tried = (schema.anyOf as Schema[]).map((option) => check(value, option, path))
      if (tried.every(({ length }) => length > 0)) faults.push(...tried.flat())
    }
    if (Array.isArray(value)) faults.push(...items(value, schema, path))
    else if (typeof value === 'object' && value !== null) {
      faults.push(...properties(value, schema, path))
    }
    return faults
  }

  function items(value: readonly unknown[], schema: Schema, path: string): readonly string[] {
    const first = (schema.prefixItems ?? []) as Schema[]
    const least = Number(schema.minItems ?? 0)
    const most = Number(schema.maxItems ?? Number.POSITIVE_INFINITY)
    if (value.length < least || value.length > most) return [`${path}: has ${value.length} items`]
    return value.flatMap((item, index) => {
      const rule = first[index] ?? schema.items
      return rule === undefined ? [] : check(item, rule as Schema, `${path}/${index}`)
    })
  }

  function properties(value: object, schema: Schema, path: string): readonly string[] {
    if (schema.properties === undefined && schema.additionalProperties === undefined) return []
    const named = (schema.properties ?? {}) as Readonly<Record<string, Schema>>
    const missing = ((schema.required ?? []) as string[]).filter(
      (name) => !Object.hasOwn(value, name),
    )
    return [
      ...missing.map((name) => `${path}/${name}: is missing`),
      ...Object.entries(value).flatMap(([name, inner]) => {
        const rule = Object.hasOwn(named, name) ? named[name] : schema.additionalProperties
        return rule === undefined
          ? [`${path}/${name}: is not documented`]
          : check(inner, rule as Schema, `${path}/${name}`)
      }),
    ]
  }

  return check(value, start === '#' ? root : at(start), '')
}

function isOf(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    default:
      return typeof value === type
  }
}
