import { afterAll, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trustedCertificates } from './certificates.ts'
import { request } from './http-client.ts'
import type { Env } from './options.ts'

const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
afterAll(() => rmSync(folder, { recursive: true }))

const made = Bun.which('openssl') !== null && makeCertificate()
const certified = test.if(made)
const certificate = join(folder, 'certificate.pem')
const empty = join(folder, 'empty')
mkdirSync(empty)

/** Of 127.0.0.1, not of localhost. */
function makeCertificate(): boolean {
  const words = 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'
  const more = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/certificate.pem`]
  return Bun.spawnSync([...words.split(' '), ...more, ...files]).success
}

function secureServer(): Bun.Server<undefined> {
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    tls: { key: Bun.file(`${folder}/key.pem`), cert: Bun.file(certificate) },
    fetch: () => new Response('secure'),
  })
}

async function answerTo(url: string, env: Env): Promise<string> {
  const options = { method: 'GET', timeoutMs: 5_000, redirects: 'refuse', env } as const
  return request(url, options).then(
    ({ body }) => body,
    (error: Error) => error.message,
  )
}

certified('a server is trusted by the file or the folders that the environment names', async () => {
  using server = secureServer()
  const url = server.url.href
  const plain = join(folder, 'plain')
  mkdirSync(plain)
  copyFileSync(certificate, join(plain, 'our-authority.crt'))
  expect(await answerTo(url, { SSL_CERT_FILE: certificate })).toBe('secure')
  expect(await answerTo(url, { SSL_CERT_DIR: plain })).toBe('secure')
  expect(await answerTo(url, { SSL_CERT_DIR: `${empty}:${plain}` })).toBe('secure')
  for (const env of [{}, { SSL_CERT_FILE: '/none', SSL_CERT_DIR: empty }]) {
    const message = await answerTo(url, env)
    expect(message).toStartWith(`Cannot reach ${server.url.origin}: its certificate is not trusted`)
    expect(message).toContain('SSL_CERT_FILE')
  }
})

certified('a certificate is for its names only, and is always looked at', async () => {
  using server = secureServer()
  const env = { SSL_CERT_FILE: certificate, NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  const other = await answerTo(server.url.href.replace('127.0.0.1', 'localhost'), env)
  expect(other).toContain('its certificate is for another name; check the host')
})

certified('an authority that comes later is trusted without a restart', async () => {
  using server = secureServer()
  const file = join(folder, 'later.pem')
  const env = { SSL_CERT_FILE: file, SSL_CERT_DIR: empty }
  writeFileSync(file, 'nothing yet')
  expect(await answerTo(server.url.href, env)).toContain('not trusted')
  copyFileSync(certificate, file)
  expect(await answerTo(server.url.href, env)).toBe('secure')
})

certified('each certificate counts once, and what stands around it not at all', async () => {
  const text = await Bun.file(certificate).text()
  const file = join(folder, 'bundle.pem')
  writeFileSync(file, `# ours\n${text}\n# again\n${text}-----BEGIN NONSENSE-----\n`)
  const found = await trustedCertificates({ SSL_CERT_FILE: file, SSL_CERT_DIR: folder })
  expect(found).toBe(text.trim())
  expect(await trustedCertificates({ SSL_CERT_FILE: '/none', SSL_CERT_DIR: empty })).toBeNull()
})

test.if(Bun.file('/etc/ssl/certs/ca-certificates.crt').size > 0)(
  'without a word of the environment the authorities of this machine are trusted',
  async () => {
    const found = (await trustedCertificates({}))?.match(/BEGIN CERTIFICATE/g) ?? []
    expect(found.length).toBeGreaterThan(50)
    expect(found.length).toBeLessThan(400)
  },
)
