import { describe, expect, test } from 'bun:test'
import { deliveries } from '#test/fixtures/deliveries.ts'
import { type Delivery, type DeliveryFacts, someFacts } from '#test/fixtures/delivery.ts'
import type { PushHost } from './host.ts'
import { hosts } from './hosts.ts'
import { verdictOf } from './verdict-for-tests.ts'

const nowMs = Date.parse('2026-03-04T05:06:07Z')

/** What proves a delivery: without any of these it is not even looked at. */
const proofHeaders: Readonly<Record<string, readonly string[]>> = {
  github: ['x-hub-signature-256'],
  gitlab: ['x-gitlab-token'],
  'gitlab, signed': ['webhook-signature', 'webhook-id', 'webhook-timestamp'],
  gitea: ['x-gitea-signature'],
  forgejo: ['x-forgejo-signature'],
  bitbucket: ['x-hub-signature'],
  'azure-devops': ['authorization'],
  bearer: ['authorization'],
}

function hostOf(headers: Headers): PushHost {
  const host = hosts.find((one) => one.sent(headers))
  if (host === undefined) throw new Error('no host takes it for its own')
  return host
}

function sent(
  delivery: Delivery,
  { secret = delivery.secret, facts = someFacts }: { secret?: string; facts?: DeliveryFacts } = {},
): { readonly headers: Headers; readonly body: Uint8Array } {
  const body = delivery.body(facts)
  return {
    headers: new Headers(delivery.headers(secret, body, nowMs)),
    body: new TextEncoder().encode(body),
  }
}

function kindOf({ name, host }: Delivery): string {
  return name.endsWith(', signed') ? `${host}, signed` : host
}

function isSigned({ name, host }: Delivery): boolean {
  return name.endsWith(', signed') || ['github', 'gitea', 'forgejo', 'bitbucket'].includes(host)
}

for (const delivery of deliveries) {
  describe(delivery.name, () => {
    const { headers, body } = sent(delivery)
    const { proof } = hostOf(headers)
    const verdict = (secrets: readonly string[], changed: Partial<ReturnType<typeof sent>> = {}) =>
      verdictOf(proof, { headers, body, nowMs, secrets, ...changed })

    test('is known by its headers', () => {
      expect(hostOf(headers).name).toBe(delivery.host)
    })

    test('is proven by its secret', () => {
      expect(verdict([delivery.secret])).toBe('proven')
    })

    test('is proven however it is cut into pieces', () => {
      for (const pieceBytes of [1, 2, 3, 7, 64]) {
        const pieces = { headers, body, nowMs, secrets: [delivery.secret], pieceBytes }
        expect(verdictOf(proof, pieces)).toBe('proven')
      }
    })

    test('is proven by the one secret and by the other while they change', () => {
      for (const secrets of [
        [delivery.secret, delivery.nextSecret],
        [delivery.nextSecret, delivery.secret],
      ]) {
        expect(verdict(secrets)).toBe('proven')
        expect(verdict(secrets, sent(delivery, { secret: delivery.nextSecret }))).toBe('proven')
      }
    })

    test('is wrong with another secret, with none that is filled, and with a part of it', () => {
      const part = delivery.secret.slice(0, -3)
      for (const secret of [delivery.nextSecret, '', part, `${delivery.secret}x`]) {
        expect(verdict([secret])).toBe('wrong')
      }
    })

    test('is wrong when an empty secret made it', () => {
      const empty = sent(delivery, { secret: '' })
      expect(['wrong', 'null']).toContain(verdict([''], empty))
      expect(['wrong', 'null']).toContain(verdict(['', delivery.secret], empty))
    })

    test('is not looked at without what proves it', () => {
      for (const name of proofHeaders[kindOf(delivery)] ?? []) {
        if (delivery.name === 'bitbucket server ping') continue
        const without = new Headers(headers)
        without.delete(name)
        const host = hosts.find((one) => one.name === delivery.host)
        expect(host?.proof(without, { secrets: [delivery.secret], nowMs })).toBeNull()
      }
    })

    if (!isSigned(delivery)) return

    test('is wrong with any change of its body', () => {
      const text = new TextDecoder().decode(body)
      const others = [text.slice(0, -1), text.slice(1), '', text.replace('e', 'o'), `${text} `]
      for (const other of others.map((changed) => new TextEncoder().encode(changed))) {
        expect(verdict([delivery.secret], { body: other })).toBe('wrong')
      }
    })

    test('is wrong with any change of its signature', () => {
      const [name = ''] = proofHeaders[kindOf(delivery)] ?? []
      const signature = headers.get(name) ?? ''
      const others = [
        signature.slice(0, -2),
        `${signature}00`,
        signature.replace(/.{8}$/, 'AAAAAAAA'),
        signature.replace(/^(.*?[=,])?/, 'md5='),
        signature.replace(/^(.*?[=,])?/, 'v2,'),
        signature.replace(/^(.*?[=,])?/, '$1,'),
        '=',
      ]
      for (const other of others) {
        const changed = new Headers(headers)
        changed.set(name, other)
        expect(['wrong', 'null']).toContain(verdict([delivery.secret], { headers: changed }))
      }
    })
  })
}

const branch = { ...someFacts, ref: 'refs/heads/release/2026' }
const pushes = deliveries.filter(({ kind }) => kind === 'push')

for (const delivery of pushes) {
  const read = (facts: DeliveryFacts) => {
    const { headers, body } = sent(delivery, { facts })
    return hostOf(headers).read(headers, body)
  }

  test(`${delivery.name} tells the full name of its branch and its commit`, () => {
    expect(read(branch)).toMatchObject({
      kind: 'push',
      changes: [{ ref: 'refs/heads/release/2026', commit: branch.commit }],
    })
  })

  test(`${delivery.name} tells of a tag`, () => {
    const tag = { ...someFacts, ref: 'refs/tags/v1.0' }
    expect(read(tag)).toMatchObject({ changes: [{ ref: 'refs/tags/v1.0', commit: tag.commit }] })
  })

  test(`${delivery.name} tells of a ref that is gone`, () => {
    const gone = { ...branch, commit: null }
    expect(read(gone)).toMatchObject({ changes: [{ ref: gone.ref, commit: null }] })
  })

  test(`${delivery.name} takes hashes of SHA-256`, () => {
    const long = { ...branch, commit: 'ab'.repeat(32), before: 'cd'.repeat(32) }
    expect(read(long)).toMatchObject({ changes: [{ commit: long.commit }] })
    expect(read({ ...long, commit: null })).toMatchObject({ changes: [{ commit: null }] })
  })

  test(`${delivery.name} names the repository`, () => {
    const said = read(someFacts)
    const names = said.kind === 'push' ? said.repositories : []
    expect(names.map((name) => name.toLowerCase())).toContain('ada/site')
    expect(new Set(names).size).toBe(names.length)
  })
}

for (const delivery of deliveries.filter(({ kind }) => kind !== 'push')) {
  test(`${delivery.name} is no push`, () => {
    const { headers, body } = sent(delivery)
    const said = hostOf(headers).read(headers, body)
    expect(said.kind).toBe(delivery.kind === 'ping' ? 'ping' : 'other')
    if (said.kind === 'other') expect(said.event.length).toBeGreaterThan(0)
  })
}

test('a request without any sign of a host is nobody’s', () => {
  const headers = new Headers({ 'content-type': 'application/json', authorization: 'Digest x' })
  expect(hosts.filter((host) => host.sent(headers))).toEqual([])
})
