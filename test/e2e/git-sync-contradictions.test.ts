import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { fingerprint, syncOnce } from './git-sync-run.ts'
import { expectRefused } from './refusal.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({ files: { 'index.html': 'one\n' } })
const repo = repository.url
const folder = temporaryFolder('contradictions')
const root = folder.at('root')
const link = `${root}/site`
await syncOnce({ repo, root })
const served = {
  ...{ link, repository, commit: await repository.resolve() },
  before: fingerprint(link),
}
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

type Row = readonly [flags: string, says: string, env?: Readonly<Record<string, string>>]

const password = { GITSYNC_PASSWORD: 'hidden-word' }
const key = { GITSYNC_GITHUB_APP_PRIVATE_KEY: 'hidden-word' }
const app = '--github-app-client-id=i --github-app-installation-id=1'
const withBody = '--webhook-url=http://h/ --webhook-body=json'
const login = (json: string): string => `--credential={${json.replaceAll("'", '"')}}`

/** Values that their own option does not take, and options that cannot be together: exit code 1. */
const rows: Readonly<Record<string, readonly Row[]>> = {
  'what to sync': [
    ['--repo=', '--repo must be specified'],
    ['--repo=https://h.invalid/r.git\n', '--repo has a line end in it'],
    ['--ref=', '--ref must be specified'],
    ['', '--ref must be specified', { GITSYNC_REF: '' }],
    ['--depth=-1', '--depth must be 0 or more'],
    ['--submodules=some', '--submodules must be one of recursive, shallow, off, not "some"'],
    ['--sparse-checkout-file=/nowhere/sparse', '--sparse-checkout-file /nowhere/sparse'],
  ],
  'when and how long': [
    ['--period=9ms', '--period must be at least 10ms'],
    ['--period=-1s', '--period must be at least 10ms'],
    ['--init-period=9ms', '--init-period must be at least 10ms'],
    ['--sync-timeout=9ms', '--sync-timeout must be at least 10ms'],
    ['--sync-on-signal=0', '--sync-on-signal "0" is no signal'],
    ['--sync-on-signal=99', '--sync-on-signal "99" is no signal'],
    ['--sync-on-signal=SIGNONE', '--sync-on-signal "SIGNONE" is no signal'],
    ['--sync-on-signal=KILL', '--sync-on-signal cannot be SIGKILL: no program can wait for it'],
    ['--sync-on-signal=19', '--sync-on-signal cannot be SIGSTOP: no program can wait for it'],
    ['--sync-on-signal=TERM', '--sync-on-signal cannot be SIGTERM: it stops this program'],
    ['--sync-on-signal=2', '--sync-on-signal cannot be SIGINT: it stops this program'],
  ],
  safety: [
    ['--gate-arg=a', '--gate-arg needs --gate-command'],
    ['', '--gate-arg needs --gate-command', { GITSYNC_GATE_ARG: 'a' }],
    ['--verify-signatures=x509', '--verify-signatures must be one of ssh, gpg, off, not "x509"'],
    ['--verify-signatures=ssh', '--verify-signatures=ssh needs --allowed-signers-file'],
    ['--verify-signatures=gpg', '--verify-signatures=gpg needs --gpg-keys-file'],
    ['--allowed-signers-file=/f', '--allowed-signers-file needs --verify-signatures=ssh'],
    ['--gpg-keys-file=/f', '--gpg-keys-file needs --verify-signatures=gpg'],
    ['--verify-signatures=ssh --allowed-signers-file=/nowhere/f', '--allowed-signers-file /nowh'],
    ['--gate-command=true --gate-timeout=999ms', '--gate-timeout must be at least 1s'],
  ],
  pushes: [
    ['--push-secret-file=/nowhere/secret', '--push-secret-file needs --push-bind or --http-bind'],
    ['', 'needs --push-bind', { GITSYNC_PUSH_SECRET_FILE: '/nowhere/one:/nowhere/two' }],
    ['--push-bind=127.0.0.1:0', '--push-bind needs --push-secret-file'],
    ['--push-repo=a/b', '--push-repo needs --push-secret-file'],
    ['--push-peers=peers:80', '--push-peers needs --push-secret-file'],
    ['--push-bind=here', '--push-bind "here" is no address'],
    ['--push-peers=:80', '--push-peers ":80" names nobody'],
    ['--push-peers=peers:0', '--push-peers "peers:0" names nobody'],
    [
      '--push-secret-file=/nowhere/secret --push-bind=127.0.0.1:0',
      'Cannot use --push-secret-file /nowhere/secret: it is not there',
    ],
    [
      '--push-secret-file=/dev/null --http-bind=127.0.0.1:0',
      'Cannot use --push-secret-file /dev/null: it is no file',
    ],
  ],
  hooks: [
    ['--exechook-command=/h --exechook-timeout=999ms', '--exechook-timeout must be at least 1s'],
    ['--exechook-command=/h --exechook-backoff=999ms', '--exechook-backoff must be at least 1s'],
    [
      '--pre-publish-exechook-command=/h --pre-publish-exechook-timeout=0s',
      '--pre-publish-exechook-timeout must be at least 1s',
    ],
    [
      '--pre-publish-exechook-command=/h --pre-publish-exechook-backoff=0s',
      '--pre-publish-exechook-backoff must be at least 1s',
    ],
    ['--webhook-url=http://h/ --webhook-success-status=-2', '--webhook-success-status must be'],
    ['--webhook-url=http://h/ --webhook-timeout=999ms', '--webhook-timeout must be at least 1s'],
    ['--webhook-url=http://h/ --webhook-backoff=999ms', '--webhook-backoff must be at least 1s'],
    ['--sync-hook-command=/h --exechook-timeout=1ms', '--exechook-timeout must be at least 1s'],
    ['--exechook-arg=a', '--exechook-arg needs --exechook-command'],
    ['', '--exechook-arg needs --exechook-command', { GITSYNC_EXECHOOK_ARG: 'a' }],
    ['--pre-publish-exechook-arg=', '--pre-publish-exechook-arg needs --pre-publish-exechook-c'],
    ['--webhook-body=xml', '--webhook-body must be one of none, json, not "xml"'],
    ['--webhook-body=json --webhook-url=', '--webhook-body=json needs --webhook-url'],
    [`${withBody} --webhook-method=get`, '--webhook-method get carries no --webhook-body'],
    [`${withBody} --webhook-method=`, '--webhook-method GET carries no --webhook-body'],
    [`${withBody} --webhook-method=HEAD`, '--webhook-method HEAD carries no --webhook-body'],
    [
      '--webhook-url=http://h/ --webhook-secret-file=/s',
      '--webhook-secret-file needs --webhook-body=json',
    ],
  ],
  'user and password': [
    ['--username=a', '--username needs $GITSYNC_PASSWORD or --password-file'],
    [
      '--username=a --password-file=/p',
      'only one of $GITSYNC_PASSWORD and --password-file',
      password,
    ],
    ['--username=a --password-file=/p --password=hidden-word', 'only one of $GITSYNC_PASSWORD'],
    ['', '$GITSYNC_PASSWORD needs --username', password],
    ['--password=hidden-word', '$GITSYNC_PASSWORD needs --username'],
    ['--password-file=/p', '--password-file needs --username'],
    [
      '--repo=https://a:hidden-word@h.invalid/r --username=a',
      'only one of --username and a user in --repo',
    ],
    ['--repo=https://a@h.invalid/r', '$GITSYNC_PASSWORD needs --username, not a user', password],
    [
      '--repo=https://a@h.invalid/r --password-file=/p',
      '--password-file needs --username, not a user',
    ],
    ['--cookie-file', '/etc/git-secret/cookie_file'],
  ],
  'several logins': [
    [login("'username':'a','password':'hidden-word'"), '--credential needs a url'],
    [login("'url':'https://h','password':'hidden-word'"), 'needs a username'],
    [login("'url':'https://h','username':'a'"), 'needs password or password-file'],
    [
      login("'url':'https://h','username':'a','password':'hidden-word','password-file':'/p'"),
      'only one of password and password-file',
    ],
    ['', '$GITSYNC_CREDENTIAL', { GITSYNC_CREDENTIAL: '{hidden-word' }],
    ['', '$GITSYNC_CREDENTIAL', { GITSYNC_CREDENTIAL: '{"url":"https://h","pass":"hidden-word"}' }],
  ],
  'GitHub app': [
    [
      `${app} --github-app-application-id=2`,
      'only one of --github-app-client-id and --github-app-application-id',
      key,
    ],
    ['--github-app-client-id=i', '--github-app-client-id needs --github-app-installation-id', key],
    [
      '--github-app-application-id=2',
      '--github-app-application-id needs --github-app-installation-id',
      key,
    ],
    [
      '--github-app-installation-id=1',
      '--github-app-installation-id needs --github-app-client-id or --github-app-application-id',
    ],
    [app, 'needs $GITSYNC_GITHUB_APP_PRIVATE_KEY or --github-app-private-key-file'],
    [
      `${app} --github-app-private-key-file=/k`,
      'only one of $GITSYNC_GITHUB_APP_PRIVATE_KEY and --github-app-private-key-file',
      key,
    ],
    [
      `${app} --username=a`,
      'only one of --username and --github-app-client-id',
      { ...key, ...password },
    ],
    [app, 'only one of $GITSYNC_PASSWORD and --github-app-client-id', { ...key, ...password }],
    [`${app} --password-file=/p`, 'only one of --password-file and --github-app-client-id', key],
  ],
  'git and HTTP': [
    ['--git=/nowhere/git', 'Cannot run --git /nowhere/git'],
    ['--git=nowhere-git', 'Cannot run --git nowhere-git'],
    [
      '--git-config=hidden-word',
      '--git-config is no list of KEY:VALUE: character 1: a key without',
    ],
    ['--git-config=a.b:hidden-word\\x', '--git-config is no list of KEY:VALUE'],
    ['--git-config=a.b:"hidden"-word', '--git-config is no list of KEY:VALUE'],
    ['--git-config=a.b:"hidden-word', '--git-config is no list of KEY:VALUE: character 17'],
    [
      '--git-config=a.b:c,hidden-word:d',
      '--git-config is no list of KEY:VALUE: the key at character 7',
    ],
    ['', '--git-config is no list', { GITSYNC_GIT_CONFIG: 'hidden-word' }],
    ['--git-config-add=a.b:c --git-config-add=a.b', '--git-config-add is no list of KEY:VALUE'],
    ['--git-gc=never', '--git-gc must be one of auto, always, aggressive, off, not "never"'],
    ['--http-bind=here', '--http-bind "here" is no address'],
    ['--http-bind=192.0.2.1:1', '--http-bind'],
    ['--http-metrics', '--http-metrics needs --http-bind'],
    ['--http-pprof', '--http-pprof needs --http-bind'],
  ],
  publishing: [
    ['--publish=both', '--publish must be one of link, exchange, in-place, not "both"'],
    ['--publish=in-place --keep=1', '--keep needs another --publish'],
    ['--publish=in-place --stale-worktree-timeout=1s', '--stale-worktree-timeout needs another'],
    ['--subdir=../x', '--subdir cannot have .. in it'],
    ['--subdir=a/.git', '--subdir cannot have .git in it'],
    ['--subdir=/etc', '--subdir must be a path from the top of the repository'],
    ['--symlinks=none', '--symlinks must be one of keep, inside, refuse, not "none"'],
  ],
  'version 3': [
    ['--branch=a --rev=b', 'only one of --branch and --rev'],
    ['--change-permissions=0755', '--change-permissions is no more'],
    ['', '--change-permissions is no more', { GIT_SYNC_PERMISSIONS: '1' }],
    ['--wait=0.001', '--period must be at least 10ms'],
  ],
  'the environment': [
    ['', 'for $GITSYNC_PERIOD', { GITSYNC_PERIOD: '' }],
    ['', 'for $GITSYNC_ONE_TIME', { GITSYNC_ONE_TIME: '' }],
    ['', 'for $GITSYNC_DEPTH', { GITSYNC_DEPTH: '1.5' }],
    ['--wait=1', 'for $GIT_SYNC_WAIT', { GIT_SYNC_WAIT: '1s' }],
    ['--period=1s', 'for $GIT_SYNC_PERIOD', { GITSYNC_PERIOD: '1s', GIT_SYNC_PERIOD: '1' }],
  ],
}

for (const [group, refused] of Object.entries(rows)) {
  test(`${group}: what cannot be is one line, exit code 1, a line in the error file, no change`, async () => {
    const errorFile = folder.at('error')
    const own = [`--repo=${repo}`, `--root=${root}`, '--link=site', '--one-time']
    for (const [flags, says, env = {}] of refused) {
      const args = [...own, `--error-file=${errorFile}`, ...flags.split(' ').filter(Boolean)]
      await expectRefused({ what: flags, args, env, code: 1, says: [says] }, served)
      const told = Bun.file(errorFile)
      expect(await told.text()).toContain(says)
      await told.delete()
    }
  })
}

test('a line that does not parse is exit code 2, and nothing is written', async () => {
  const errorFile = folder.at('none')
  const own = [`--repo=${repo}`, `--root=${root}`, `--error-file=${errorFile}`]
  const lines: readonly (readonly [flags: string, says: string])[] = [
    ['--perod=1s', 'unknown flag: --perod'],
    ['-period=1s', 'unknown shorthand flag: -p'],
    ['--root', 'flag needs an argument: --root'],
    ['--=x', 'bad flag syntax: --'],
    ['--depth=deep', 'invalid whole number "deep" for --depth'],
    ['--period=10', '"10" for --period'],
    ['--wait=soon', 'invalid number "soon" for --wait'],
    ['--one-time=yes', '"yes" for --one-time'],
    ['--help=maybe', '"maybe" for --help'],
    ['--credential={hidden-word', '--credential is no JSON'],
    [login("'url':'https://h','pass':'hidden-word'"), '--credential has the unknown field'],
  ]
  for (const [flags, says] of lines) {
    await expectRefused({ what: flags, args: [...own, flags], code: 2, says: [says] }, served)
    expect(await Bun.file(errorFile).exists()).toBe(false)
  }
})

test('times of hooks that nobody wants are not looked at, and a key alone is not used', async () => {
  const flags = [
    ...['--exechook-timeout=0s', '--exechook-backoff=0s', '--webhook-success-status=-7'],
    ...['--pre-publish-exechook-timeout=0s', '--webhook-timeout=0s', '--webhook-backoff=0s'],
  ]
  expect(await syncOnce({ repo, root, flags, env: key })).toMatchObject({ code: 0, errors: [] })
})
