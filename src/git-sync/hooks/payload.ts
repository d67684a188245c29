import type { Delivery } from './hook.ts'
import { readSecret } from './secret-file.ts'

/** What a webhook sends beside the commit. */
export interface Payload {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface PayloadOptions {
  /** Without a login. */
  readonly repo: string
  /** What `--ref` says. */
  readonly ref: string
  /** Whose first line signs the body; empty when nobody wants it signed. */
  readonly secretFile: string
  /** Keeps the secret out of the log. */
  readonly hide: (secret: string) => void
}

/**
 * The body of `--webhook-body=json`, which docs/webhooks.md promises to others, with the headers that
 * belong to it. The signature is GitHub's, which many receivers know how to verify.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 *
 * @throws HookError when the secret cannot be read
 */
export function jsonPayload(options: PayloadOptions): (delivery: Delivery) => Payload {
  const { repo, ref, secretFile, hide } = options
  return ({ id, commit, previous, timeMs }) => {
    const time = new Date(timeMs).toISOString()
    const body = JSON.stringify({ id, commit, previous, ref, repo, time })
    const headers = { 'Content-Type': 'application/json', 'Gitsync-Delivery': id }
    if (secretFile === '') return { headers, body }
    const secret = readSecret(secretFile, '--webhook-secret-file')
    hide(secret.toString())
    return { headers: { ...headers, 'X-Hub-Signature-256': signatureOf(body, secret) }, body }
  }
}

function signatureOf(body: string, secret: Uint8Array): string {
  return `sha256=${new Bun.CryptoHasher('sha256', secret).update(body).digest('hex')}`
}
