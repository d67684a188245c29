import { readFileSync, statSync } from 'node:fs'
import { codeOf } from '#kit/files.ts'

/** More is no list of secrets, and is not read for each request. */
const mostBytes = 65_536

/**
 * What a delivery may be proven with: one secret a line of each file, without the blanks around it.
 * Read for each delivery, so that nothing is proven by a secret that was taken back.
 *
 * @throws Error that names the file, when one cannot be read or has no secret in it
 */
export function readPushSecrets(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    const secrets = textOf(file)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
    if (secrets.length === 0) throw cannotUse(file, 'it is empty; write a secret into it')
    return secrets
  })
}

function textOf(file: string): string {
  try {
    const { size } = regularFile(file)
    if (size > mostBytes) throw cannotUse(file, `it has ${size} bytes; one secret a line is enough`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = codeOf(error)
    if (code === null) throw error
    if (code === 'ENOENT') throw cannotUse(file, 'it is not there; make it')
    throw cannotUse(file, 'it cannot be read; look at it', error)
  }
}

/** To read from a pipe would wait for somebody who writes. */
function regularFile(file: string): { readonly size: number } {
  const found = statSync(file)
  if (!found.isFile()) throw cannotUse(file, 'it is no file; name one')
  return found
}

function cannotUse(file: string, why: string, cause?: unknown): Error {
  const message = `Cannot use --push-secret-file ${file}: ${why}`
  return new Error(message, cause === undefined ? {} : { cause })
}
