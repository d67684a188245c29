import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { startSidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('environment')
afterAll(() => folder.remove())

type Env = Readonly<Record<string, string>>

/** Runs it to its end. What is logged is its first line: the options as it has read them. */
async function run(args: readonly string[], env: Env = {}) {
  const sidecar = startSidecar(['git-sync', ...args], { env: { HOME: folder.path, ...env } })
  const code = await sidecar.exited
  const hello = sidecar.log().find(({ msg }) => msg === 'starting up')
  return { code, options: (hello?.options ?? {}) as Record<string, unknown>, sidecar }
}

interface Variable {
  readonly flag: string
  /** The newest name first; of the others a later one wins over an earlier one. */
  readonly names: readonly string[]
  /** As help tells it; empty when there is none to tell. */
  readonly usual: string
  readonly value: string
  /** As the log shows the value, when otherwise. */
  readonly shown?: unknown
}

/** One line of the table: flag, default, value, what is shown of it, and names that are its own. */
function row(
  flag: string,
  [usual, value, shown]: readonly [usual: string, value: string, shown?: unknown],
  names?: readonly string[],
): Variable {
  const word = flag.toUpperCase().replaceAll('-', '_')
  const usualNames = [`GITSYNC_${word}`, `GIT_SYNC_${word}`]
  return { flag, usual, value, shown: shown ?? value, names: names ?? usualNames }
}

function newName(flag: string): readonly string[] {
  return [`GITSYNC_${flag.toUpperCase().replaceAll('-', '_')}`]
}

/** The variables of kubernetes/git-sync v4.7 with their older names and defaults. */
const common: readonly Variable[] = [
  row('repo', ['', 'file:///nowhere/site.git']),
  row('ref', ['HEAD', 'main'], newName('ref')),
  row('depth', ['1', '3', 3]),
  row('filter', ['', 'blob:none'], newName('filter')),
  row('submodules', ['recursive', 'shallow']),
  row('sparse-checkout-file', ['', '/nowhere/patterns']),
  row('root', ['', folder.at('root')]),
  row('link', ['', 'www']),
  row('error-file', ['', 'wrong.json']),
  row('touch-file', ['', 'touched']),
  row('add-user', ['', 'F', false]),
  row('group-write', ['', '1', true]),
  row('stale-worktree-timeout', ['0s', '6s'], newName('stale-worktree-timeout')),
  row('period', ['10s', '30s']),
  row('init-period', ['0s', '5s'], newName('init-period')),
  row('sync-timeout', ['2m0s', '90s', '1m30s']),
  row('one-time', ['', 'TRUE', true]),
  row('max-failures', ['0', '0x1', 1]),
  row('init-max-failures', ['0', '1', 1], newName('init-max-failures')),
  row('sync-on-signal', ['', 'SIGHUP']),
  row('verbose', ['0', '1', 1], newName('verbose')),
  row('exechook-command', ['', '/nowhere/hook']),
  row('exechook-timeout', ['30s', '31s']),
  row('exechook-backoff', ['3s', '4s']),
  ...['command', 'timeout', 'backoff'].map((word, index) =>
    row(
      `pre-publish-exechook-${word}`,
      [
        ['', '/nowhere/hook'],
        ['30s', '31s'],
        ['3s', '4s'],
      ][index] as [string, string],
      newName(`pre-publish-exechook-${word}`),
    ),
  ),
  row('webhook-url', ['', 'http://127.0.0.1:1/word', 'http://127.0.0.1:1/[redacted]']),
  row('webhook-method', ['POST', 'PUT']),
  row('webhook-success-status', ['200', '-1', -1]),
  row('webhook-timeout', ['1s', '2s']),
  row('webhook-backoff', ['3s', '4s']),
  row(
    'credential',
    ['', '{"url":"https://h","username":"u","password":"p"}', '[redacted]'],
    ['GITSYNC_CREDENTIAL'],
  ),
  row(
    'ssh-key-file',
    ['/etc/git-secret/ssh', '/nowhere/a:/nowhere/b', ['/nowhere/a', '/nowhere/b']],
    ['GITSYNC_SSH_KEY_FILE', 'GIT_SYNC_SSH_KEY_FILE', 'GIT_SSH_KEY_FILE'],
  ),
  row(
    'ssh-known-hosts',
    ['true', 'false', false],
    [...['GITSYNC_SSH_KNOWN_HOSTS', 'GIT_SYNC_KNOWN_HOSTS', 'GIT_KNOWN_HOSTS']],
  ),
  row(
    'ssh-known-hosts-file',
    ['/etc/git-secret/known_hosts', '/nowhere/hosts'],
    [
      ...['GITSYNC_SSH_KNOWN_HOSTS_FILE', 'GIT_SYNC_SSH_KNOWN_HOSTS_FILE'],
      'GIT_SSH_KNOWN_HOSTS_FILE',
    ],
  ),
  row(
    'cookie-file',
    ['', 'f', false],
    [...['GITSYNC_COOKIE_FILE', 'GIT_SYNC_COOKIE_FILE', 'GIT_COOKIE_FILE']],
  ),
  row(
    'askpass-url',
    ['', 'http://127.0.0.1:1/word', 'http://127.0.0.1:1/[redacted]'],
    [...['GITSYNC_ASKPASS_URL', 'GIT_SYNC_ASKPASS_URL', 'GIT_ASKPASS_URL']],
  ),
  row('git', ['git', 'nowhere-git']),
  row('git-config', ['', 'a.b:word', 'a.b']),
  row('git-gc', ['always', 'off']),
  row('http-bind', ['', '127.0.0.1:0']),
  row('http-metrics', ['', 't', true]),
  row('http-pprof', ['', 'True', true]),
]

/** Those of which not all can be given at once. */
const logins: readonly (readonly Variable[])[] = [
  [row('username', ['', 'ann']), row('password', ['', 'a-secret', '[redacted]'])],
  [row('username', ['', 'ann']), row('password-file', ['', '/nowhere/password'])],
  [
    row(
      'github-base-url',
      ['https://api.github.com/', 'https://h/api'],
      newName('github-base-url'),
    ),
    row(
      'github-app-private-key',
      ['', 'a-secret', '[redacted]'],
      newName('github-app-private-key'),
    ),
    row('github-app-client-id', ['', 'id'], newName('github-app-client-id')),
    row('github-app-installation-id', ['0', '1', 1], newName('github-app-installation-id')),
  ],
  [
    row('github-app-private-key-file', ['', '/k'], newName('github-app-private-key-file')),
    row('github-app-application-id', ['0', '0b11', 3], newName('github-app-application-id')),
    row('github-app-installation-id', ['0', '1', 1], newName('github-app-installation-id')),
  ],
]

for (const [age, which] of ['newest', 'older', 'oldest'].entries()) {
  test(`each option is read from the environment, under its ${which} name`, async () => {
    for (const login of logins) {
      const all = [...common, ...login]
      const named = all.map(({ names, value }) => [names[age] ?? names[0] ?? '', value] as const)
      const { options, sidecar } = await run([], Object.fromEntries(named))
      expect(options).toEqual(Object.fromEntries(all.map(({ flag, shown }) => [flag, shown])))
      const told = sidecar.stderr.filter((line) => line.includes('has been deprecated')).length
      expect(told).toBe(all.filter(({ names }) => age > 0 && age in names).length)
    }
  })
}

test('of several older names the last one wins, and each is told', async () => {
  const names = ['GITSYNC_SSH_KNOWN_HOSTS_FILE', 'GIT_SYNC_SSH_KNOWN_HOSTS_FILE']
  const own = [`--root=${folder.at('root')}`, '--repo=/nowhere', '--one-time']
  const env = { [names[0] ?? '']: '/a', [names[1] ?? '']: '/b', GIT_SSH_KNOWN_HOSTS_FILE: '/c' }
  const { options, sidecar } = await run(own, env)
  expect(options).toMatchObject({ 'ssh-known-hosts-file': '/c' })
  const warnings = sidecar.log().filter(({ severity }) => severity === 'warning')
  expect(warnings.map(({ msg }) => msg)).toEqual([
    `env $${names[1]} has been deprecated, use $${names[0]} instead`,
    `env $${names[0]} was overridden by $${names[1]}`,
    `env $GIT_SSH_KNOWN_HOSTS_FILE has been deprecated, use $${names[0]} instead`,
    `env $${names[1]} was overridden by $GIT_SSH_KNOWN_HOSTS_FILE`,
  ])
})

test('the environment of version 3 means what it meant', async () => {
  const env = {
    ...{ GIT_SYNC_REPO: '/nowhere', GIT_SYNC_ROOT: folder.at('root'), GIT_SYNC_ONE_TIME: 'true' },
    ...{ GIT_SYNC_BRANCH: 'main', GIT_SYNC_REV: 'HEAD', GIT_SYNC_DEST: 'www' },
    ...{ GIT_SYNC_WAIT: '0.5', GIT_SYNC_TIMEOUT: '7', GIT_SYNC_MAX_SYNC_FAILURES: '1' },
    ...{ GIT_SYNC_HOOK_COMMAND: '/nowhere/hook', GIT_SYNC_PERMISSIONS: '0' },
  }
  const { options } = await run([], env)
  expect(options).toMatchObject({
    ...{ ref: 'main', link: 'www', period: '500ms', 'sync-timeout': '7s' },
    ...{ 'max-failures': 1, 'exechook-command': '/nowhere/hook' },
  })
  const { GIT_SYNC_BRANCH: _, ...withoutBranch } = env
  const byRev = await run([], { ...withoutBranch, GIT_SYNC_REV: 'v1' })
  expect(byRev.options).toMatchObject({ ref: 'v1' })
})

test('help tells each option with its default and its variable', async () => {
  const { code, sidecar } = await run(['--help'])
  expect(code).toBe(0)
  const help = sidecar.stdout.join(' ').replaceAll(/\s+/g, ' ')
  for (const { flag, usual, names } of [...common, ...logins.flat()]) {
    const [name] = names
    if (['password', 'github-app-private-key'].includes(flag)) expect(help).toContain(` $${name} `)
    else expect(help).toContain(`${usual === '' ? '(' : `(default ${usual}; `}$${name})`)
  }
})

test('a flag that is on or off takes the words of Go, and no word of its own', async () => {
  for (const word of ['1', 't', 'T', 'TRUE', 'true', 'True']) {
    expect(await run([`--version=${word}`])).toMatchObject({ code: 0 })
  }
  for (const word of ['0', 'f', 'F', 'FALSE', 'false', 'False']) {
    expect(await run([`--version=${word}`])).toMatchObject({ code: 1 })
  }
  for (const word of ['yes', 'tRUE', '']) {
    expect(await run([`--version=${word}`])).toMatchObject({ code: 2 })
  }
  // `false` stands alone: a word that is no option
  expect(await run(['--version', 'false'])).toMatchObject({ code: 0 })
})
