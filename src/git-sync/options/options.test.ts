import { expect, test } from 'bun:test'
import { parseOptions } from '#kit/options.ts'
import { options } from './options.ts'
import { type GitSyncOptions, settle } from './settle.ts'

type Row = readonly [flag: string, kind: string, value: unknown, env: string, aliases?: string]

/** The contract, written a second time: flag, kind, default, variable and its older names. */
const contract: readonly Row[] = [
  // what to sync
  ['repo', 'string', '', 'GITSYNC_REPO', 'GIT_SYNC_REPO'],
  ['ref', 'string', 'HEAD', 'GITSYNC_REF'],
  ['depth', 'int', 1, 'GITSYNC_DEPTH', 'GIT_SYNC_DEPTH'],
  ['filter', 'string', '', 'GITSYNC_FILTER'],
  ['submodules', 'string', 'recursive', 'GITSYNC_SUBMODULES', 'GIT_SYNC_SUBMODULES'],
  [
    ...(['sparse-checkout-file', 'string', ''] as const),
    ...(['GITSYNC_SPARSE_CHECKOUT_FILE', 'GIT_SYNC_SPARSE_CHECKOUT_FILE'] as const),
  ],
  // where, permissions, lifetime
  ['root', 'string', '', 'GITSYNC_ROOT', 'GIT_SYNC_ROOT'],
  ['link', 'string', '', 'GITSYNC_LINK', 'GIT_SYNC_LINK'],
  ['error-file', 'string', '', 'GITSYNC_ERROR_FILE', 'GIT_SYNC_ERROR_FILE'],
  ['touch-file', 'string', '', 'GITSYNC_TOUCH_FILE', 'GIT_SYNC_TOUCH_FILE'],
  ['add-user', 'bool', false, 'GITSYNC_ADD_USER', 'GIT_SYNC_ADD_USER'],
  ['group-write', 'bool', false, 'GITSYNC_GROUP_WRITE', 'GIT_SYNC_GROUP_WRITE'],
  ['stale-worktree-timeout', 'duration', 0, 'GITSYNC_STALE_WORKTREE_TIMEOUT'],
  // loop
  ['period', 'duration', 10_000, 'GITSYNC_PERIOD', 'GIT_SYNC_PERIOD'],
  ['init-period', 'duration', 0, 'GITSYNC_INIT_PERIOD'],
  ['sync-timeout', 'duration', 120_000, 'GITSYNC_SYNC_TIMEOUT', 'GIT_SYNC_SYNC_TIMEOUT'],
  ['one-time', 'bool', false, 'GITSYNC_ONE_TIME', 'GIT_SYNC_ONE_TIME'],
  ['max-failures', 'int', 0, 'GITSYNC_MAX_FAILURES', 'GIT_SYNC_MAX_FAILURES'],
  ['init-max-failures', 'int', 0, 'GITSYNC_INIT_MAX_FAILURES'],
  ['sync-on-signal', 'string', '', 'GITSYNC_SYNC_ON_SIGNAL', 'GIT_SYNC_SYNC_ON_SIGNAL'],
  ['verbose', 'int', 0, 'GITSYNC_VERBOSE'],
  // hooks
  ['exechook-command', 'string', '', 'GITSYNC_EXECHOOK_COMMAND', 'GIT_SYNC_EXECHOOK_COMMAND'],
  ['exechook-timeout', 'duration', 30_000, 'GITSYNC_EXECHOOK_TIMEOUT', 'GIT_SYNC_EXECHOOK_TIMEOUT'],
  ['exechook-backoff', 'duration', 3000, 'GITSYNC_EXECHOOK_BACKOFF', 'GIT_SYNC_EXECHOOK_BACKOFF'],
  ['pre-publish-exechook-command', 'string', '', 'GITSYNC_PRE_PUBLISH_EXECHOOK_COMMAND'],
  ['pre-publish-exechook-timeout', 'duration', 30_000, 'GITSYNC_PRE_PUBLISH_EXECHOOK_TIMEOUT'],
  ['pre-publish-exechook-backoff', 'duration', 3000, 'GITSYNC_PRE_PUBLISH_EXECHOOK_BACKOFF'],
  ['webhook-url', 'strings', [], 'GITSYNC_WEBHOOK_URL', 'GIT_SYNC_WEBHOOK_URL'],
  ['webhook-method', 'string', 'POST', 'GITSYNC_WEBHOOK_METHOD', 'GIT_SYNC_WEBHOOK_METHOD'],
  [
    ...(['webhook-success-status', 'int', 200] as const),
    ...(['GITSYNC_WEBHOOK_SUCCESS_STATUS', 'GIT_SYNC_WEBHOOK_SUCCESS_STATUS'] as const),
  ],
  ['webhook-timeout', 'duration', 1000, 'GITSYNC_WEBHOOK_TIMEOUT', 'GIT_SYNC_WEBHOOK_TIMEOUT'],
  ['webhook-backoff', 'duration', 3000, 'GITSYNC_WEBHOOK_BACKOFF', 'GIT_SYNC_WEBHOOK_BACKOFF'],
  // credentials
  ['username', 'string', '', 'GITSYNC_USERNAME', 'GIT_SYNC_USERNAME'],
  ['$GITSYNC_PASSWORD', 'string', '', 'GITSYNC_PASSWORD', 'GIT_SYNC_PASSWORD'],
  ['password-file', 'string', '', 'GITSYNC_PASSWORD_FILE', 'GIT_SYNC_PASSWORD_FILE'],
  ['credential', 'strings', [], 'GITSYNC_CREDENTIAL'],
  [
    ...(['ssh-key-file', 'strings', ['/etc/git-secret/ssh']] as const),
    ...(['GITSYNC_SSH_KEY_FILE', 'GIT_SYNC_SSH_KEY_FILE GIT_SSH_KEY_FILE'] as const),
  ],
  [
    ...(['ssh-known-hosts', 'bool', true] as const),
    ...(['GITSYNC_SSH_KNOWN_HOSTS', 'GIT_SYNC_KNOWN_HOSTS GIT_KNOWN_HOSTS'] as const),
  ],
  [
    ...(['ssh-known-hosts-file', 'string', '/etc/git-secret/known_hosts'] as const),
    'GITSYNC_SSH_KNOWN_HOSTS_FILE',
    'GIT_SYNC_SSH_KNOWN_HOSTS_FILE GIT_SSH_KNOWN_HOSTS_FILE',
  ],
  ['cookie-file', 'bool', false, 'GITSYNC_COOKIE_FILE', 'GIT_SYNC_COOKIE_FILE GIT_COOKIE_FILE'],
  ['askpass-url', 'string', '', 'GITSYNC_ASKPASS_URL', 'GIT_SYNC_ASKPASS_URL GIT_ASKPASS_URL'],
  ['github-base-url', 'string', 'https://api.github.com/', 'GITSYNC_GITHUB_BASE_URL'],
  ['$GITSYNC_GITHUB_APP_PRIVATE_KEY', 'string', '', 'GITSYNC_GITHUB_APP_PRIVATE_KEY'],
  ['github-app-private-key-file', 'string', '', 'GITSYNC_GITHUB_APP_PRIVATE_KEY_FILE'],
  ['github-app-client-id', 'string', '', 'GITSYNC_GITHUB_APP_CLIENT_ID'],
  ['github-app-application-id', 'int', 0, 'GITSYNC_GITHUB_APP_APPLICATION_ID'],
  ['github-app-installation-id', 'int', 0, 'GITSYNC_GITHUB_APP_INSTALLATION_ID'],
  // git and HTTP
  ['git', 'string', 'git', 'GITSYNC_GIT', 'GIT_SYNC_GIT'],
  ['git-config', 'string', '', 'GITSYNC_GIT_CONFIG', 'GIT_SYNC_GIT_CONFIG'],
  ['git-config-add', 'strings', [], ''],
  ['git-gc', 'string', 'always', 'GITSYNC_GIT_GC', 'GIT_SYNC_GIT_GC'],
  ['http-bind', 'string', '', 'GITSYNC_HTTP_BIND', 'GIT_SYNC_HTTP_BIND'],
  ['http-metrics', 'bool', false, 'GITSYNC_HTTP_METRICS', 'GIT_SYNC_HTTP_METRICS'],
  ['http-pprof', 'bool', false, 'GITSYNC_HTTP_PPROF', 'GIT_SYNC_HTTP_PPROF'],
  // of version 3
  ['branch', 'string', '', 'GIT_SYNC_BRANCH'],
  ['rev', 'string', '', 'GIT_SYNC_REV'],
  ['dest', 'string', '', 'GIT_SYNC_DEST'],
  ['wait', 'float', 0, 'GIT_SYNC_WAIT'],
  ['timeout', 'int', 0, 'GIT_SYNC_TIMEOUT'],
  ['max-sync-failures', 'int', 0, 'GIT_SYNC_MAX_SYNC_FAILURES'],
  ['sync-hook-command', 'string', '', 'GIT_SYNC_HOOK_COMMAND'],
  ['password', 'string', '', ''],
  ['v', 'int', -1, ''],
  ['ssh', 'bool', false, ''],
  ['change-permissions', 'int', 0, 'GIT_SYNC_PERMISSIONS'],
]

/** Ours, which the program replaced does not have. */
const added: readonly Row[] = [
  ['spare-worktree', 'bool', true, 'GITSYNC_SPARE_WORKTREE'],
  ['spare-grace', 'duration', 5000, 'GITSYNC_SPARE_GRACE'],
  ['publish', 'string', 'link', 'GITSYNC_PUBLISH'],
  ['subdir', 'string', '', 'GITSYNC_SUBDIR'],
  ['symlinks', 'string', 'keep', 'GITSYNC_SYMLINKS'],
  ['keep', 'int', 0, 'GITSYNC_KEEP'],
  ['fsync', 'bool', false, 'GITSYNC_FSYNC'],
  ['gate-command', 'string', '', 'GITSYNC_GATE_COMMAND'],
  ['gate-arg', 'strings', [], 'GITSYNC_GATE_ARG'],
  ['gate-timeout', 'duration', 30_000, 'GITSYNC_GATE_TIMEOUT'],
  ['verify-signatures', 'string', 'off', 'GITSYNC_VERIFY_SIGNATURES'],
  ['allowed-signers-file', 'string', '', 'GITSYNC_ALLOWED_SIGNERS_FILE'],
  ['gpg-keys-file', 'string', '', 'GITSYNC_GPG_KEYS_FILE'],
  ['push-secret-file', 'strings', [], 'GITSYNC_PUSH_SECRET_FILE'],
  ['push-bind', 'string', '', 'GITSYNC_PUSH_BIND'],
  ['push-repo', 'strings', [], 'GITSYNC_PUSH_REPO'],
  ['push-peers', 'string', '', 'GITSYNC_PUSH_PEERS'],
  ['exechook-arg', 'strings', [], 'GITSYNC_EXECHOOK_ARG'],
  ['pre-publish-exechook-arg', 'strings', [], 'GITSYNC_PRE_PUBLISH_EXECHOOK_ARG'],
  ['webhook-body', 'string', 'none', 'GITSYNC_WEBHOOK_BODY'],
  ['webhook-secret-file', 'string', '', 'GITSYNC_WEBHOOK_SECRET_FILE'],
]

test('each option has the name, kind, default and environment of the contract, and no other is there', () => {
  const sorted = (rows: readonly Row[]) =>
    rows.map((row) => JSON.stringify(row.map((cell) => cell ?? ''))).sort()
  const written = [...contract, ...added].map(
    (row): Row => [row[0], row[1], row[2], row[3], row[4] ?? ''],
  )
  const table = Object.values(options.options).map((option): Row => {
    const { flag, kind, env = '', envAliases = [], envOnly } = { envOnly: false, ...asAny(option) }
    return [envOnly ? `$${env}` : flag, kind, option.default, env, envAliases.join(' ')]
  })
  expect(sorted(table)).toEqual(sorted(written))
})

test('each deprecated option is one of version 3, and says what to use instead', () => {
  const last = contract.slice(contract.findIndex(([flag]) => flag === 'branch'))
  const deprecated = Object.values(options.options).filter((option) => 'deprecated' in option)
  expect(deprecated.map(({ flag }): string => flag)).toEqual(last.map(([flag]) => flag))
})

test('secrets come by hidden flags too, for tests', () => {
  const args = [
    ...['--repo=r', '--root=/r', '--username=u', '--__env__GITSYNC_PASSWORD=p'],
    '--__env__GITSYNC_GITHUB_APP_PRIVATE_KEY=k',
  ]
  expect(valuesOf(args)).toMatchObject({ password: 'p', githubAppPrivateKey: 'k' })
})

test('keys are separated by colons in the environment, and a flag replaces them all', () => {
  const env = { GITSYNC_SSH_KEY_FILE: '/a:/b' }
  expect(valuesOf(['--repo=r', '--root=/r'], env).sshKeyFile).toEqual(['/a', '/b'])
  const args = ['--repo=r', '--root=/r', '--ssh-key-file=/c', '--ssh-key-file=/d']
  expect(valuesOf(args, env).sshKeyFile).toEqual(['/c', '/d'])
})

function valuesOf(args: readonly string[], env: Record<string, string> = {}): GitSyncOptions {
  const parsed = parseOptions(options, { args, env, settle })
  if (parsed.kind !== 'values') throw new Error(JSON.stringify(parsed))
  return parsed.values
}

interface AnyRow {
  readonly flag: string
  readonly kind: string
  readonly env?: string
  readonly envAliases?: readonly string[]
  readonly envOnly?: boolean
}

function asAny(option: AnyRow): AnyRow {
  return option
}
