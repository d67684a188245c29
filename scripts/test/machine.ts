import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { program } from '#test/fixtures/needs.ts'
import { setUpNewestGit } from './newest-git.ts'

/** What the tests use of a machine: the program that shows it is there, Debian's package of it. */
const parts: Readonly<Record<string, string>> = {
  nginx: 'nginx-light',
  fcgiwrap: 'fcgiwrap',
  sshd: 'openssh-server',
  chromium: 'chromium',
  ps: 'procps',
  ip: 'iproute2',
  strace: 'strace',
  nc: 'netcat-openbsd',
  openssl: 'openssl',
  gpg: 'gnupg',
  promtool: 'prometheus',
  mmdebstrap: 'mmdebstrap',
  patchelf: 'patchelf',
}

/** Debian asks it whether a service may be started at once; 101 says no. */
const servicePolicy = '/usr/sbin/policy-rc.d'

/**
 * Installs what is missing, where we may: as root on Debian and its kin. Elsewhere, and where a
 * package does not exist, the tests that need it are skipped.
 */
export async function setUpMachine(say: (line: string) => void): Promise<void> {
  const missing = Object.keys(parts).filter((name) => program(name) === null)
  const mayInstall = process.getuid?.() === 0 && isDebian()
  if (mayInstall) {
    if (missing.length > 0) await installParts(missing, say)
    await setUpNewestGit(say).catch((error: Error) => say(`  ${error.message}`))
  } else if (missing.length > 0) {
    say(`  not here: ${missing.join(', ')}; the tests that need them are skipped`)
  }
}

async function installParts(
  missing: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  const packages = missing.map((name) => parts[name] ?? name)
  say(`  installing ${packages.join(', ')}`)
  await withoutServices(async () => {
    if (await install(packages)) return
    await apt('update')
    if (await install(packages)) return
    for (const name of packages) {
      if (!(await install([name]))) say(`  cannot install ${name}`)
    }
  })
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

/** The tests start servers of their own: nothing is to listen on this machine because of us. */
async function withoutServices(act: () => Promise<void>): Promise<void> {
  const ours = !existsSync(servicePolicy)
  if (ours) await writeFile(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await act()
  } finally {
    if (ours) await rm(servicePolicy, { force: true })
  }
}

function install(packages: readonly string[]): Promise<boolean> {
  return apt('install', '--yes', '--no-install-recommends', ...packages)
}

async function apt(...args: readonly string[]): Promise<boolean> {
  const child = Bun.spawn(['apt-get', '--quiet', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  })
  return (await child.exited) === 0
}
