import { createGate, type Gate } from '#git-sync/gate/gate.ts'
import { hookEnvironment } from '#git-sync/git/hook-environment.ts'
import type { World } from '#kit/run.ts'
import type { GitSyncOptions } from './options/settle.ts'
import type { Places } from './places.ts'

type GateWorld = World<GitSyncOptions>

/** The gate that somebody configured. Code that most never ask for is not loaded for them. */
export async function gateOf(
  world: GateWorld,
  { layout, subdir }: Pick<Places, 'layout' | 'subdir'>,
): Promise<Gate> {
  const { options } = world
  return createGate({
    ...{ layout, subdir, symlinks: options.symlinks },
    signatures: options.verifySignatures === 'off' ? null : await signaturesOf(world),
    command: options.gateCommand === '' ? null : await commandOf(world),
  })
}

async function signaturesOf({ options, env, log }: GateWorld) {
  const { createSignatures } = await import('#git-sync/gate/signatures.ts')
  const { gpgKeys, sshKeys } = await import('#git-sync/gate/keys.ts')
  const keys =
    options.verifySignatures === 'ssh'
      ? sshKeys({ path: options.allowedSignersFile, env })
      : gpgKeys({ path: options.gpgKeysFile, env })
  return createSignatures({ keys, ref: options.ref, log })
}

async function commandOf({ options, env, clock, log }: GateWorld) {
  const { gateCommand } = await import('#git-sync/gate/command.ts')
  return gateCommand({
    name: 'gate',
    program: options.gateCommand,
    args: options.gateArg,
    timeoutMs: options.gateTimeoutMs,
    ref: options.ref,
    env: hookEnvironment(env),
    ...{ clock, log },
  })
}
