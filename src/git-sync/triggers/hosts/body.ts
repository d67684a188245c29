/**
 * The JSON of a delivery, of which nothing is known yet: read it by `field`.
 *
 * @throws Error when it is no JSON object
 */
export function bodyOf(json: Uint8Array): object {
  const value = parsed(json)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw unreadable('its body is no JSON object')
}

function parsed(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
  } catch (cause) {
    throw unreadable('its body is not JSON', cause)
  }
}

/** Why a proven delivery tells nothing. */
export function unreadable(what: string, cause?: unknown): Error {
  const advice = 'the list of deliveries at the host shows what was sent'
  return new Error(`Cannot read the delivery: ${what}; ${advice}`, { cause })
}

/** What lies at the end of a path of own fields; undefined when that is not there. */
export function field(value: unknown, ...path: readonly string[]): unknown {
  let here = value
  for (const name of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined
    here = Reflect.get(here, name)
  }
  return here
}

/** The items of a list; none when it is no list. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A value as it is shown in an error: short, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object'
  if (typeof value !== 'string') return `a ${typeof value}`
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)
}
