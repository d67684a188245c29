import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Env } from './options.ts'

/** Where distributions keep all authorities in one file: Debian, Fedora, SUSE, RHEL, Alpine. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
] as const

/** Where people put one more file into a pod. */
const folders = ['/etc/ssl/certs', '/etc/pki/tls/certs'] as const

const certificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/**
 * The authorities this machine trusts, as PEM, or null when it has none: the file in SSL_CERT_FILE
 * or the machine's own, and each file of the folders in SSL_CERT_DIR or the machine's own. Bun by
 * itself reads of a folder only files named by a hash, which a mounted file is not.
 */
export async function trustedCertificates(env: Env): Promise<string | null> {
  const found = new Set<string>()
  const take = (text: string): void => {
    for (const [block] of text.matchAll(certificate)) found.add(block)
  }
  for (const file of env.SSL_CERT_FILE ? [env.SSL_CERT_FILE] : bundles) {
    const text = await textOf(file)
    if (text === null) continue
    take(text)
    break
  }
  for (const folder of env.SSL_CERT_DIR ? env.SSL_CERT_DIR.split(':') : folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      take((await textOf(join(folder, name))) ?? '')
    }
  }
  return found.size === 0 ? null : [...found].join('\n')
}

async function textOf(file: string): Promise<string | null> {
  return readFile(file, 'latin1').catch(() => null)
}
