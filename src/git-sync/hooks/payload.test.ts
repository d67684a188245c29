import { afterAll, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { Delivery } from './hook.ts'
import { jsonPayload, type PayloadOptions } from './payload.ts'

const folder = mkdtempSync(`${tmpdir()}/sidecars-payload-`)
afterAll(() => rmSync(folder, { recursive: true }))

const delivery: Delivery = {
  ...{ id: 'one', commit: 'c', previous: null, tree: '/secret/place' },
  timeMs: Date.UTC(2026, 0, 31, 12, 0, 0, 7),
}

function options(changed: Partial<PayloadOptions> = {}): PayloadOptions {
  return { repo: 'https://h/größe', ref: 'main', secretFile: '', hide: () => {}, ...changed }
}

test('a body is what the page of webhooks promises, and nothing else', () => {
  const { headers, body } = jsonPayload(options())(delivery)
  expect(body).toBe(
    '{"id":"one","commit":"c","previous":null,"ref":"main","repo":"https://h/größe","time":"2026-01-31T12:00:00.007Z"}',
  )
  expect(headers).toEqual({ 'Content-Type': 'application/json', 'Gitsync-Delivery': 'one' })
})

test('a signature is of the bytes that are sent, and its secret is kept out of the log', () => {
  const secretFile = `${folder}/secret`
  writeFileSync(secretFile, 'clé\n')
  const hidden: string[] = []
  const hide = (secret: string): void => void hidden.push(secret)
  const { headers, body } = jsonPayload(options({ secretFile, hide }))(delivery)
  const wanted = createHmac('sha256', 'clé').update(Buffer.from(body)).digest('hex')
  expect(headers['X-Hub-Signature-256']).toBe(`sha256=${wanted}`)
  expect(hidden).toEqual(['clé'])
})
