import { readFileSync, statSync } from 'node:fs'
import { codeOf } from './files.ts'

/** More is no list of secrets, and is not read for each request. */
const mostBytes = 65_536

/**
 * What somebody may be known by: one secret a line of each file, without the blanks around it.
 * Read for each who asks, so that nobody is known by a secret that was taken back.
 *
 * @param flag The option that names the files, for errors.
 * @throws Error that names the file, when one cannot be read or has no secret in it
 */
export function readSecretLines(files: readonly string[], flag: string): readonly string[] {
  return files.flatMap((file) => {
    const secrets = textOf(file, flag)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
    if (secrets.length === 0) throw cannotUse({ file, flag }, 'it is empty; write a secret into it')
    return secrets
  })
}

function textOf(file: string, flag: string): string {
  const subject = { file, flag }
  try {
    const found = statSync(file)
    // to read from a pipe would wait for somebody who writes
    if (!found.isFile()) throw cannotUse(subject, 'it is no file; name one')
    if (found.size > mostBytes) {
      throw cannotUse(subject, `it has ${found.size} bytes; one secret a line is enough`)
    }
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = codeOf(error)
    if (code === null) throw error
    if (code === 'ENOENT') throw cannotUse(subject, 'it is not there; make it')
    throw cannotUse(subject, 'it cannot be read; look at it', error)
  }
}

function cannotUse(subject: { file: string; flag: string }, why: string, cause?: unknown): Error {
  const message = `Cannot use --${subject.flag} ${subject.file}: ${why}`
  return new Error(message, cause === undefined ? {} : { cause })
}
