import { afterAll, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { Git } from '#git-sync/git/git.ts'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { shortFolder } from '#test/fixtures/temp.ts'
import { type OpenSharedSshOptions, openSharedSsh } from './open-shared-ssh.ts'

const tmp = shortFolder()
afterAll(() => tmp.remove())

interface Changed extends Partial<OpenSharedSshOptions> {
  readonly program?: string
  readonly setting?: readonly [string, string]
}

/** Whether polls share a connection, and the lines that say why not. */
async function opened({ program = 'git', setting, ...changed }: Changed = {}): Promise<object> {
  const said: string[] = []
  const log = createLog({ verbosity: 1, clock: systemClock, write: (line) => said.push(line) })
  const env = { PATH: '/bin', TMPDIR: tmp.path }
  const stop = new AbortController().signal
  const settings = setting === undefined ? [] : [setting]
  const shared = await openSharedSsh({
    url: 'git@host:site',
    oneTime: false,
    periodMs: 10_000,
    syncTimeoutMs: 120_000,
    sshKeyFile: ['/nowhere/key'],
    sshKnownHostsFile: '/nowhere/known_hosts',
    verbose: 1,
    git: new Git({ program, env, root: '/nowhere', log, stop, settings }),
    root: '/nowhere',
    env,
    uid: process.getuid?.() ?? 0,
    pid: 7,
    log,
    clock: systemClock,
    ...changed,
  })
  return { shares: shared !== null, why: said.map((line) => JSON.parse(line).why) }
}

test('polls over ssh share a connection, for which nothing is made before it is needed', async () => {
  expect(await opened()).toEqual({ shares: true, why: [] })
  expect(await opened({ url: 'ssh://git@host:22/site' })).toEqual({ shares: true, why: [] })
  expect(await opened({ periodMs: 60_000 })).toEqual({ shares: true, why: [] })
  expect(await opened({ setting: ['core.autocrlf', 'input'] })).toEqual({ shares: true, why: [] })
  expect(readdirSync(tmp.path)).toEqual([])
})

test('other transports and a single sync are no matter of ssh', async () => {
  for (const url of ['https://host/site', '/srv/site', 'git://host/site', 'ssh://[::1]/site']) {
    expect(await opened({ url })).toEqual({ shares: false, why: [] })
  }
  expect(await opened({ oneTime: true })).toEqual({ shares: false, why: [] })
})

const env = { PATH: '/bin', TMPDIR: tmp.path }

const hindrances: readonly (readonly [why: string, changed: Changed])[] = [
  ['--period is longer than 1m0s', { periodMs: 60_001 }],
  ['ssh shows each connection from -v=5 on', { verbose: 5 }],
  ['$GIT_SSH_COMMAND is given', { env: { ...env, GIT_SSH_COMMAND: 'ssh -4' } }],
  ['$GIT_SSH is given', { env: { ...env, GIT_SSH: '/usr/bin/plink' } }],
  ['$GIT_SSH_VARIANT is given', { env: { ...env, GIT_SSH_VARIANT: 'plink' } }],
  ['--git is given', { program: '/opt/git' }],
  ['--git-config says how git finds ssh or its hosts', { setting: ['core.sshCommand', 'ssh -4'] }],
  ['--git-config says how git finds ssh or its hosts', { setting: ['ssh.variant', 'plink'] }],
  [
    '--git-config says how git finds ssh or its hosts',
    { setting: ['url.ssh://a/.insteadOf', 'b'] },
  ],
  ['as process 1 nobody would bury the ssh that ends', { pid: 1 }],
  [`${tmp.path} has no room for a private folder with a short name`, { root: tmp.path }],
]

for (const [index, [why, changed]] of hindrances.entries()) {
  test(`each poll is on its own, and says so once: ${why} (${index})`, async () => {
    expect(await opened(changed)).toEqual({ shares: false, why: [why] })
  })
}
