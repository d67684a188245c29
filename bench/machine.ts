import { cpus, loadavg, release, totalmem } from 'node:os'
import { version } from '#kit/version.ts'
import { program } from '#test/fixtures/needs.ts'
import { outputOf } from '../scripts/program-output.ts'
import { root, stepEnvironment } from '../scripts/step.ts'

/** What figures depend on: a name and a value a line. */
export async function machine({
  folder,
  peer,
}: {
  /** Where everything is measured. */
  readonly folder: string
  readonly peer: string | null
}): Promise<readonly (readonly [name: string, value: string])[]> {
  const processors = cpus()
  const all = await Promise.all([
    line('processor', `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}`),
    line('memory', `${Math.round(totalmem() / 2 ** 30)} GiB`),
    line('kernel', release()),
    line('file system', said(['stat', '--file-system', '--format=%T', folder])),
    line(
      'load before',
      loadavg()
        .map((load) => load.toFixed(2))
        .join(' '),
    ),
    line('sidecars', described()),
    line('Bun', Bun.version),
    line('git', said(['git', '--version'])),
    line('nginx', said([program('nginx') ?? 'nginx', '-v'])),
    line('ssh', said(['ssh', '-V'])),
    line('top', said(['top', '-V'])),
    ...(peer === null ? [] : [line('peer', said([peer, '--version']))]),
  ])
  return all
}

async function line(
  name: string,
  value: string | Promise<string>,
): Promise<readonly [string, string]> {
  return [name, await value]
}

/** The version, the commit, and whether it was changed since. */
async function described(): Promise<string> {
  const commit = await said(['git', 'describe', '--always', '--dirty=, changed'])
  return `${version} (${commit})`
}

/** The first line that a program says; some say it on stderr. */
async function said(command: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await outputOf(command, { cwd: root, env: stepEnvironment() })
    return (stdout.trim() || stderr.trim()).split('\n')[0] ?? ''
  } catch {
    return 'not installed'
  }
}
