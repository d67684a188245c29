import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import type { GitSsh } from '#test/fixtures/git-ssh.ts'
import { descendantsOf } from '#test/fixtures/kill.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { until } from '#test/fixtures/until.ts'

/** What lets git-sync in. */
export function keysOf(server: GitSsh): readonly string[] {
  return [`--ssh-key-file=${server.keyFile}`, `--ssh-known-hosts-file=${server.knownHostsFile}`]
}

/** Processes that keep a connection for others, their sockets below the folder. */
export function mastersIn(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const words = commandLineOf(pid)
      return words[0] === 'ssh' && words.some((word) => word.startsWith(`ControlPath=${folder}/`))
    })
    .filter((pid) => commandLineOf(pid).includes('ControlMaster=yes'))
    .map(Number)
}

/**
 * One that keeps a connection of the sidecar's for others, and is another one than `not`: the child
 * of the ssh that has logged in, and no child of the sidecar any more.
 */
export function untilShared(
  { sidecar, tmp }: { readonly sidecar: Sidecar; readonly tmp: string },
  not?: number,
): Promise<number> {
  const ask = (): number | null => {
    const ownChildren = descendantsOf(sidecar.pid)
    return mastersIn(tmp).find((pid) => pid !== not && !ownChildren.includes(pid)) ?? null
  }
  return until(ask, { timeoutMs: 30_000, what: `a shared connection in ${tmp}` })
}

/** Sockets of shared connections. */
export function socketsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .flatMap((name) =>
      readdirSync(`${folder}/${name}`).map((entry) => `${folder}/${name}/${entry}`),
    )
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSocket())
}

/** All that a host does for connections that stand now hangs until they are killed. */
export function hang(server: GitSsh): readonly number[] {
  const all = descendantsOf(server.pid).filter((pid) => pid !== server.pid)
  return all.filter((pid) => {
    try {
      return process.kill(pid, 'SIGSTOP')
    } catch {
      return false // It has ended.
    }
  })
}

/** Waits until `polls` more have been asked of the host; fails when git-sync has ended. */
export async function untilPolled(
  { server, sidecar }: { readonly server: GitSsh; readonly sidecar: Sidecar },
  polls: number,
): Promise<void> {
  const before = server.sessions()
  const ask = (): true | null => {
    if (!sidecar.running) throw new Error(`git-sync has ended: ${sidecar.stderr.join('\n')}`)
    return server.sessions() >= before + polls ? true : null
  }
  await until(ask, { timeoutMs: 60_000, what: `${polls} polls` })
}

export function untilGone(pid: number): Promise<true> {
  return until(() => (commandLineOf(pid).join('') === '' ? true : null), { what: `end of ${pid}` })
}

function commandLineOf(pid: number | string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}
