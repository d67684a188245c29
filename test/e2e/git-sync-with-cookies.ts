import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { usual } from '#test/fixtures/sidecar.ts'

/** Whether a program may be given an /etc of its own here. */
export const mayMount = await runChild(['unshare', '-m', 'true']).then(
  () => true,
  () => false,
)

/** A program that is git-sync where the place of cookies, which is fixed, holds this one. */
export async function gitSyncWithCookie(folder: string, value: string): Promise<string> {
  const etc = `${folder}/etc`
  await mkdir(folder)
  await runChild(['cp', '-a', '/etc', etc])
  await mkdir(`${etc}/git-secret`, { recursive: true })
  // Netscape's format: domain, tail match, path, secure, expiry, name, value.
  const line = ['127.0.0.1', 'FALSE', '/', 'FALSE', '0', 'session', value].join('\t')
  await writeFile(`${etc}/git-secret/cookie_file`, `# HTTP Cookie File\n${line}\n`)
  const program = `${folder}/program`
  const inside = `mount --bind ${etc} /etc && exec ${usual.join(' ')} "$@"`
  await writeFile(program, `#!/bin/sh\nexec unshare -m sh -c '${inside}' sh "$@"\n`)
  await chmod(program, 0o755)
  return program
}
