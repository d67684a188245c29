import { afterAll } from 'bun:test'
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { missing } from '#test/fixtures/needs.ts'
import type { Repository } from '#test/fixtures/repository.ts'
import type { TemporaryFolder } from '#test/fixtures/temp.ts'

/** Somebody with a key. */
export interface Signer {
  /** Commits and tags of the clone are signed by it from now on. */
  use(repository: Repository): Promise<void>
  /** Adds the public half to a file of keys. */
  addTo(file: string): Promise<void>
}

export type Kind = 'ssh' | 'gpg'

/** The option that names the keys of a kind. */
export const keysFlag = { ssh: '--allowed-signers-file', gpg: '--gpg-keys-file' } as const

/** Ada, who may sign, and Eve, who may not. */
export interface Signers {
  readonly ssh: { readonly ada: Signer; readonly eve: Signer }
  readonly gpg: { readonly ada: GpgSigner; readonly eve: GpgSigner }
}

/**
 * The signers of a test file, which end with it. Where their programs are not, there are none, and
 * nothing that needs them is run.
 */
export async function newSigners(folder: TemporaryFolder): Promise<Signers> {
  if (missing('ssh-keygen', 'gpg').length > 0) return {} as Signers
  const signers = await signersIn(folder)
  afterAll(async () => {
    for (const signer of Object.values(signers.gpg)) await signer[Symbol.asyncDispose]()
  })
  return signers
}

/** The options for a file in which a signer's key is. */
export async function trusting(signer: Signer, kind: Kind, file: string) {
  await signer.addTo(file)
  return [`--verify-signatures=${kind}`, `${keysFlag[kind]}=${file}`] as const
}

async function signersIn(folder: TemporaryFolder): Promise<Signers> {
  return {
    ssh: { ada: await sshSigner(folder, 'ada'), eve: await sshSigner(folder, 'eve') },
    gpg: { ada: await gpgSigner(folder, 'ada'), eve: await gpgSigner(folder, 'eve') },
  }
}

/** Nothing is signed from now on. */
export async function signNothing(repository: Repository): Promise<void> {
  for (const key of ['commit.gpgSign', 'tag.gpgSign']) await repository.git('config', key, 'false')
}

async function sign(repository: Repository, settings: Readonly<Record<string, string>>) {
  const all = { 'commit.gpgSign': 'true', 'tag.gpgSign': 'true', ...settings }
  for (const [key, value] of Object.entries(all)) await repository.git('config', key, value)
}

async function sshSigner(folder: TemporaryFolder, name: string): Promise<Signer> {
  const key = folder.at(`${name}-ssh`)
  await runChild(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', key])
  return {
    use: (repository) => sign(repository, { 'gpg.format': 'ssh', 'user.signingKey': key }),
    async addTo(file) {
      const publicKey = await readFile(`${key}.pub`, 'utf8')
      await appendFile(file, `${name}@example.com namespaces="git" ${publicKey}`)
    },
  }
}

export interface GpgSigner extends Signer, AsyncDisposable {
  /** Runs gpg with this signer's keyring. */
  gpg(...args: readonly string[]): Promise<string>
  /** Its folder of keys. */
  readonly home: string
}

/** With `isOld` the key is of a day long ago, as is all that it signs, and has expired since. */
export async function gpgSigner(
  folder: TemporaryFolder,
  name: string,
  { isOld = false } = {},
): Promise<GpgSigner> {
  const home = folder.at(`${name}-gpg`)
  await mkdir(home, { mode: 0o700 })
  const env = { GNUPGHOME: home }
  const then = isOld ? ['--faked-system-time', '20200101T000000!'] : []
  const gpg = (...args: readonly string[]): Promise<string> =>
    runChild(['gpg', '--batch', '--quiet', '--yes', '--passphrase', '', ...then, ...args], { env })
  await gpg(
    '--quick-generate-key',
    `${name} <${name}@example.com>`,
    'ed25519',
    'sign',
    isOld ? '1d' : 'never',
  )
  const program = folder.at(`${name}-gpg-program`)
  const lines = ['#!/bin/sh', `GNUPGHOME=${home} exec gpg ${then.join(' ')} "$@"`, '']
  await writeFile(program, lines.join('\n'), { mode: 0o755 })
  return {
    ...{ gpg, home },
    use: (repository) =>
      sign(repository, {
        ...{ 'gpg.format': 'openpgp', 'gpg.program': program },
        'user.signingKey': `${name}@example.com`,
      }),
    addTo: async (file) => appendFile(file, await gpg('--armor', '--export')),
    async [Symbol.asyncDispose]() {
      await runChild(['gpgconf', '--kill', 'all'], { env })
    },
  }
}
