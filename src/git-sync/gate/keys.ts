import { statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Setting } from '#git-sync/git/git-config.ts'
import { command, howItEnded } from '#kit/command.ts'
import type { Env } from '#kit/options.ts'
import { GateError } from './gate-error.ts'

/** Keys as git is to see them. */
export interface ReadKeys {
  /** What they were read from: of another file it is another one. */
  readonly id: string
  readonly config: readonly Setting[]
  readonly env: Readonly<Record<string, string>>
}

/** Whose signatures count. The file is read anew when it changes. */
export interface Keys extends AsyncDisposable {
  /** Like `--gpg-keys-file /etc/keys`. */
  readonly flag: string
  /** `--verify-signatures=gpg`. */
  readonly why: string
  /** The `id` that keys would have that are read now; null when there are none. */
  now(): string | null
  /** @throws GateError naming the option when they cannot be read. */
  open(stop: AbortSignal): Promise<ReadKeys>
}

export interface KeysOptions {
  readonly path: string
  readonly env: Env
}

/**
 * Those of ssh, in the form that ssh-keygen(1) calls ALLOWED SIGNERS.
 * @throws Error when there is no ssh-keygen.
 */
export function sshKeys({ path, env }: KeysOptions): Keys {
  const flag = `--allowed-signers-file ${path}`
  const file = resolve('/', path)
  const why = '--verify-signatures=ssh'
  const program = found('ssh-keygen', { env, why })
  const config: readonly Setting[] = [
    ['gpg.ssh.program', program],
    ['gpg.ssh.allowedSignersFile', file],
  ]
  return {
    ...{ flag, why },
    now: () => stamp(file),
    open: async () => ({ id: demandStamp(file, flag), config, env: {} }),
    async [Symbol.asyncDispose]() {},
  }
}

/** Nothing asks a key server, starts an agent, or weighs who trusts whom: who is in the file may sign. */
const gpgSettings = [
  'batch',
  'no-tty',
  'no-autostart',
  'no-auto-key-retrieve',
  'trust-model always',
]

const importMs = 30_000

/**
 * Public keys as `gpg --export` writes them, armored or not: they come to a folder of their own, so
 * that no key of this user or machine counts.
 * @throws Error when there is no gpg.
 */
export function gpgKeys({ path, env }: KeysOptions): Keys {
  const flag = `--gpg-keys-file ${path}`
  const file = resolve('/', path)
  const why = '--verify-signatures=gpg'
  const program = found('gpg', { env, why })
  let opened: { readonly keys: ReadKeys; readonly folder: string } | null = null

  async function close(): Promise<void> {
    const folder = opened?.folder
    opened = null
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }

  return {
    ...{ flag, why },
    now: () => stamp(file),
    async open(stop) {
      const id = demandStamp(file, flag)
      if (opened?.keys.id === id) return opened.keys
      await close()
      const folder = await mkdtemp(join(env.TMPDIR || '/tmp', 'gitsync-keys-'))
      const keys = { id, config: [['gpg.program', program]] as const, env: { GNUPGHOME: folder } }
      opened = { keys, folder }
      try {
        await writeFile(join(folder, 'gpg.conf'), `${gpgSettings.join('\n')}\n`)
        const imported = await command([program, '--quiet', '--import', file], {
          env: { PATH: env.PATH, LC_ALL: 'C', ...keys.env },
          cwd: folder,
          timeoutMs: importMs,
          stop,
        })
        if (imported.code === 0 && imported.ended === 'by-itself') return keys
        throw new GateError(`Cannot read ${flag}: gpg ${howItEnded(imported)}`, { advice })
      } catch (error) {
        await close()
        throw error
      }
    },
    [Symbol.asyncDispose]: close,
  }
}

const advice = 'it must be a file of public keys that this user may read'

function found(name: string, { env, why }: { readonly env: Env; readonly why: string }): string {
  const program = Bun.which(name, { PATH: env.PATH ?? '' })
  if (program !== null) return program
  throw new Error(`Cannot do ${why}: there is no program ${name} here; install it`)
}

/** Another one for another content: a mounted secret changes by a link. */
function stamp(file: string): string | null {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file)
    return [ino, size, mtimeMs, ctimeMs].join(':')
  } catch {
    return null
  }
}

function demandStamp(file: string, flag: string): string {
  try {
    statSync(file)
    return stamp(file) ?? ''
  } catch (cause) {
    throw new GateError(`Cannot read ${flag}`, { cause, advice })
  }
}
