import { expect, test } from 'bun:test'
import { deliveries } from '#test/fixtures/deliveries.ts'
import { someFacts } from '#test/fixtures/delivery.ts'
import { seeded } from '#test/fixtures/seeded.ts'
import type { Announcement } from './host.ts'
import { hosts } from './hosts.ts'

const random = seeded(4_711)
const below = (limit: number): number => Math.floor(random() * limit)

function oneOf<T>(values: readonly [T, ...T[]]): T {
  return values[below(values.length)] ?? values[0]
}

const deep = `${'['.repeat(1_000)}${']'.repeat(1_000)}`

/** JSON that is not what stands in the documents. */
function hostile(): string {
  return oneOf([
    'null',
    'true',
    '-1',
    '1e999',
    '""',
    '[]',
    '{}',
    '[null]',
    deep,
    '{"__proto__":{"ref":"refs/heads/main","polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"length":-1,"0":"refs/heads/main"}',
    '"refs/heads/main\\u0000"',
    '"refs/heads/a\\nb"',
    '"refs/heads/\\ud800"',
    '"../../etc/passwd"',
    '"-upload-pack=x"',
    `"refs/heads/${'x'.repeat(10_000)}"`,
    `"${'0'.repeat(39)}"`,
    `"${'0'.repeat(64)}"`,
    '"toString"',
  ])
}

/** One or more parts of the text, each a value of JSON, are something else. */
function mutated(json: string): string {
  let text = json
  for (let times = 1 + below(3); times > 0; times -= 1) {
    const values = [...text.matchAll(/(?<=[:[,])(?:"[^"]*"|\{[^{}]*\}|\[[^[\]]*\]|null|\w+)/g)]
    const part = values[below(values.length)]
    if (part === undefined) break
    text = text.slice(0, part.index) + hostile() + text.slice(part.index + part[0].length)
  }
  return oneOf([text, text, text, text, text.slice(0, below(text.length)), hostile()])
}

/** What of it no git and no log can take; empty when all is well. */
function unsound(said: Announcement): string[] {
  if (said.kind === 'ping') return []
  if (said.kind === 'other') return said.event.length > 100 ? [said.event] : []
  const isName = (name: unknown): boolean => typeof name === 'string' && !/[\r\n\0]/.test(name)
  const isHash = (commit: unknown): boolean =>
    commit === null ||
    commit === undefined ||
    /^(?!0+$)(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(String(commit))
  return [
    ...said.repositories.filter((name) => !isName(name)),
    ...said.changes
      .filter(({ ref, commit }) => !/^refs\/[^\s\0]{1,4000}$/.test(ref) || !isHash(commit))
      .map((change) => JSON.stringify(change)),
  ]
}

const sentence = /^Error: Cannot read the delivery: [^\n]{1,300}; [^\n]+$/

test('no body makes a host throw anything but one sentence, or tell what no git knows', () => {
  const ends = { told: 0, refused: 0 }
  const wrong: string[] = []
  for (const delivery of deliveries) {
    const whole = delivery.body(someFacts)
    const form = new URLSearchParams(whole).get('payload')
    const headers = new Headers(delivery.headers(delivery.secret, whole))
    const host = hosts.find((one) => one.sent(headers))
    for (let round = 0; round < 200; round += 1) {
      const json = mutated(form ?? whole)
      const text = form === null ? json : new URLSearchParams({ payload: json }).toString()
      try {
        const said = host?.read(headers, new TextEncoder().encode(text))
        wrong.push(...(said === undefined ? ['no host took it'] : unsound(said)))
        ends.told += 1
      } catch (error) {
        if (!sentence.test(String(error))) wrong.push(String(error))
        ends.refused += 1
      }
    }
  }
  expect(wrong).toEqual([])
  expect(ends.told).toBeGreaterThan(1_000)
  expect(ends.refused).toBeGreaterThan(1_000)
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})

test('bytes without sense are refused in one sentence', () => {
  for (const delivery of deliveries.filter(({ kind }) => kind === 'push')) {
    const body = delivery.body(someFacts)
    const headers = new Headers(delivery.headers(delivery.secret, body))
    const host = hosts.find((one) => one.sent(headers))
    for (let round = 0; round < 50; round += 1) {
      const bytes = Uint8Array.from({ length: 1 + below(200) }, () => below(256))
      expect(() => host?.read(headers, bytes)).toThrow(/^Cannot read the delivery: [^\n]+$/)
    }
  }
})

test('no headers without the secret are proven', () => {
  const values = [
    '',
    ' ',
    '=',
    'sha256=',
    `sha256=${'0'.repeat(64)}`,
    'v1,',
    'Basic Og==',
    'diagnostics:ping',
    '\xff',
  ] as const
  const names = new Set(
    deliveries.flatMap(({ headers, secret }) => Object.keys(headers(secret, ''))),
  )
  let looked = 0
  const proven: string[] = []
  for (let round = 0; round < 2_000; round += 1) {
    const headers = new Headers()
    for (const name of names) if (below(3) > 0) headers.set(name, oneOf(values))
    for (const host of hosts) {
      const proof = host.proof(headers, { secrets: ['correct-horse', 'whsec_AAAA'], nowMs: 0 })
      proof?.update(new TextEncoder().encode('{"test":true}'))
      if (proof !== null) looked += 1
      if (proof?.verdict() === 'proven') proven.push(JSON.stringify([host.name, headers]))
    }
  }
  expect(proven).toEqual([])
  expect(looked).toBeGreaterThan(1_000)
})
