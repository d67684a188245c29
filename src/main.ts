#!/usr/bin/env bun
import { called, print, refuse } from '#kit/run.ts'
import { version } from '#kit/version.ts'

/** Each sidecar with the names its program is started by; each is loaded only when it is meant. */
const sidecars: readonly {
  readonly names: readonly string[]
  readonly start: () => Promise<unknown>
}[] = [
  { names: ['git-sync'], start: () => import('#git-sync/main.ts') },
  { names: ['topz', 'server'], start: () => import('#topz/main.ts') },
]

const usage = `sidecars ${version}: two sidecars for Kubernetes pods

Usage: sidecars git-sync [options]   keeps a shared volume equal to a git repository
       sidecars topz [options]       shows the processes of the pod in a browser

Called by the name git-sync or topz, the first word is not needed.
Each shows its options with --help.`

const { name, args } = called()
const first = args[0] ?? ''
const wanted =
  sidecars.find((sidecar) => sidecar.names.includes(name)) ??
  sidecars.find((sidecar) => sidecar.names[0] === first)

if (wanted) await wanted.start()
else if (first === '--version') print(version)
else if (['--help', '-h', 'help'].includes(first)) print(usage)
else if (first === '') refuse(usage, 2)
else refuse(`sidecars: no sidecar is called ${JSON.stringify(first)}: git-sync or topz is`, 2)
