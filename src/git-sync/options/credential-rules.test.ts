import { expect, test } from 'bun:test'
import { type Env, parseOptions } from '#kit/options.ts'
import { options } from './options.ts'
import { settle } from './settle.ts'

const own = ['--root=/r']
const repo = '--repo=https://host/site'
const app = ['--github-app-installation-id=2', '--github-app-private-key-file=/k']

/** The exit code and message of a command line that is refused, or null. */
function refusal(flags: readonly string[], env: Env = {}): readonly [number, string] | null {
  const read = parseOptions(options, { args: [...own, ...flags], env })
  const parsed = read.kind === 'values' ? settle(read) : read
  return parsed.kind === 'refused' ? [parsed.exitCode, parsed.message] : null
}

function json(login: Readonly<Record<string, unknown>>): string {
  return `--credential=${JSON.stringify({ url: 'https://host', username: 'u', ...login })}`
}

const secret = 'hunter2'

const refused: readonly (readonly [flags: readonly string[], env: Env, message: string])[] = [
  [[repo, '--username=a'], {}, '--username needs $GITSYNC_PASSWORD or --password-file'],
  [[repo], { GITSYNC_PASSWORD: secret }, '$GITSYNC_PASSWORD needs --username'],
  [[repo, '--password-file=/p'], {}, '--password-file needs --username'],
  [
    [repo, '--username=a', '--password-file=/p'],
    { GITSYNC_PASSWORD: secret },
    'only one of $GITSYNC_PASSWORD and --password-file can be specified',
  ],
  [
    ['--repo=https://u@host/x', '--username=a'],
    { GITSYNC_PASSWORD: secret },
    'only one of --username and a user in --repo can be specified',
  ],
  [
    ['--repo=https://u@host/x'],
    { GITSYNC_PASSWORD: secret },
    '$GITSYNC_PASSWORD needs --username, not a user in --repo',
  ],
  [
    ['--repo=https://u@host/x', '--password-file=/p'],
    {},
    '--password-file needs --username, not a user in --repo',
  ],
  [[repo, json({ url: '' })], {}, '--credential needs a url'],
  [[repo, json({ username: '' })], {}, '--credential for "https://host" needs a username'],
  [[repo, json({})], {}, '--credential for "https://host" needs password or password-file'],
  [
    [repo, json({ url: `https://u:${secret}@host`, password: 'p', 'password-file': '/p' })],
    {},
    'only one of password and password-file can be specified in --credential for "https://host"',
  ],
  [
    [repo, json({ url: `u:${secret}@host/x`, password: secret })],
    {},
    '--credential needs a url like https://host/path',
  ],
  [
    [repo, json({ password: secret }), json({ url: 'host', password: secret })],
    {},
    '--credential needs a url like https://host/path',
  ],
  [
    [repo, '--github-app-client-id=c', '--github-app-application-id=1', ...app],
    {},
    'only one of --github-app-client-id and --github-app-application-id can be specified',
  ],
  [
    [repo, '--github-app-client-id=c', '--github-app-private-key-file=/k'],
    {},
    '--github-app-client-id needs --github-app-installation-id',
  ],
  [
    [repo, '--github-app-application-id=1', '--github-app-private-key-file=/k'],
    {},
    '--github-app-application-id needs --github-app-installation-id',
  ],
  [
    [repo, '--github-app-installation-id=2'],
    {},
    '--github-app-installation-id needs --github-app-client-id or --github-app-application-id',
  ],
  [
    [repo, '--github-app-application-id=1', '--github-app-installation-id=2'],
    {},
    '--github-app-application-id needs $GITSYNC_GITHUB_APP_PRIVATE_KEY or --github-app-private-key-file',
  ],
  [
    [repo, '--github-app-client-id=c', ...app],
    { GITSYNC_GITHUB_APP_PRIVATE_KEY: secret },
    'only one of $GITSYNC_GITHUB_APP_PRIVATE_KEY and --github-app-private-key-file can be specified',
  ],
  [
    [repo, '--github-app-client-id=c', ...app, '--username=a', '--password-file=/p'],
    {},
    'only one of --username and --github-app-client-id can be specified',
  ],
  [
    [repo, '--github-app-client-id=c', ...app],
    { GITSYNC_PASSWORD: secret },
    'only one of $GITSYNC_PASSWORD and --github-app-client-id can be specified',
  ],
  [
    [repo, '--github-app-client-id=c', ...app, '--password-file=/p'],
    {},
    'only one of --password-file and --github-app-client-id can be specified',
  ],
]

for (const [flags, env, message] of refused) {
  test(`refused with exit code 1: ${message}`, () => {
    expect(refusal(flags, env)).toEqual([1, message])
  })
}

test('a --credential that cannot be read is a bad command line, or a bad variable', () => {
  const text = `{"url":"https://host","user":"${secret}"}`
  const message = 'has the unknown field "user"; there are url, username, password, password-file'
  expect(refusal([repo, `--credential=${text}`])).toEqual([2, `--credential ${message}`])
  expect(refusal([repo], { GITSYNC_CREDENTIAL: text })).toEqual([
    1,
    `$GITSYNC_CREDENTIAL ${message}`,
  ])
  expect(refusal([repo, `--credential=${secret}`])).toEqual([
    2,
    '--credential is no JSON: the form is {"url":…,"username":…,"password-file":…}',
  ])
})

test('logins of the command line come after those of the environment', () => {
  const [one, two, three] = ['1', '2', '3'].map((name) =>
    JSON.stringify({ url: `https://${name}`, username: name, password: 'p' }),
  )
  const read = parseOptions(options, {
    args: [...own, repo, `--credential=[${two}]`, `--credential=${three}`],
    env: { GITSYNC_CREDENTIAL: one },
  })
  expect(read).toMatchObject({ values: { credential: [one, `[${two}]`, three] } })
})

test('what can be together is taken', () => {
  const good: readonly (readonly [readonly string[], Env])[] = [
    [[repo, '--username=a'], { GITSYNC_PASSWORD: 'p' }],
    [[repo, '--username=a', '--password-file=/p'], {}],
    [[repo, '--username=a', '--password-file=/p', json({ password: 'p' })], {}],
    [['--repo=https://token@host/x', json({ 'password-file': '/p' })], {}],
    [[repo, '--github-app-client-id=c', ...app], {}],
    [[repo, '--github-app-private-key-file=/k'], {}],
    [[repo, '--credential='], { GITSYNC_CREDENTIAL: '' }],
  ]
  for (const [flags, env] of good) expect(refusal(flags, env)).toBeNull()
})
