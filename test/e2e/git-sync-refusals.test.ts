import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { startSidecar, usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { expectServes, fingerprint, syncOnce } from './git-sync-run.ts'
import { expectRefused, type Refusal } from './refusal.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({ files: { 'index.html': 'one\n' } })
const repo = repository.url
const commit = await repository.resolve()
const folder = temporaryFolder('refusals')
const root = folder.at('root')
await syncOnce({ repo, root })
const before = fingerprint(`${root}/site`)
afterAll(async () => {
  listener.stop(true)
  await Promise.all([repository.remove(), folder.remove()])
})

const own = [`--repo=${repo}`, `--root=${root}`, '--link=site', '--one-time']
const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })

const refusals: readonly Refusal[] = [
  {
    what: 'no repository',
    args: [`--root=${root}`],
    code: 1,
    says: ['--repo', 'must be specified'],
  },
  { what: 'no root', args: [`--repo=${repo}`], code: 1, says: ['--root', 'must be specified'] },
  { what: 'an unknown option', args: [...own, '--perod=1s'], code: 2, says: ['--perod', '--help'] },
  { what: 'one dash too few', args: [...own, '-period=1s'], code: 2, says: ['-p'] },
  {
    what: 'a value that is no duration',
    args: [...own, '--period=soon'],
    code: 2,
    says: ['--period', 'soon'],
  },
  {
    what: 'a value that is no number',
    args: [...own, '--depth=deep'],
    code: 2,
    says: ['--depth', 'deep'],
  },
  {
    what: 'a period too short',
    args: [...own, '--period=1ms'],
    code: 1,
    says: ['--period', 'at least 10ms'],
  },
  {
    what: 'a negative depth',
    args: [...own, '--depth=-1'],
    code: 1,
    says: ['--depth', '0 or more'],
  },
  { what: 'an empty ref', args: [...own, '--ref='], code: 1, says: ['--ref', 'must be specified'] },
  {
    what: 'a ref that is an option',
    args: [...own, '--ref=--upload-pack=x'],
    code: 1,
    says: ['--ref', 'dash'],
  },
  {
    what: 'a repository that is an option',
    args: [`--root=${root}`, '--link=site', '--repo=--upload-pack=touch /tmp/x'],
    code: 1,
    says: ['--repo', 'dash'],
  },
  {
    what: 'a bad environment',
    args: own,
    env: { GITSYNC_PERIOD: '' },
    code: 1,
    says: ['GITSYNC_PERIOD'],
  },
  {
    what: 'a user twice',
    args: ['--repo=http://a:b@h/r.git', `--root=${root}`, '--username=a'],
    code: 1,
    says: ['--username', '--repo'],
  },
  {
    what: 'a user without a password',
    args: [...own, '--username=a'],
    code: 1,
    says: ['--username needs', '--password-file'],
  },
  {
    what: 'a password without a user',
    args: own,
    env: { GITSYNC_PASSWORD: 'hidden-word' },
    code: 1,
    says: ['$GITSYNC_PASSWORD needs --username'],
  },
  {
    what: 'a password beside a user in the repository',
    args: [...own.slice(1), '--repo=https://bob@host.invalid/x'],
    env: { GITSYNC_PASSWORD: 'hidden-word' },
    code: 1,
    says: ['$GITSYNC_PASSWORD needs --username, not a user in --repo'],
  },
  {
    what: 'two passwords',
    args: [...own, '--username=a', '--password-file=/x'],
    env: { GITSYNC_PASSWORD: 'hidden-word' },
    code: 1,
    says: ['only one of'],
  },
  {
    what: 'a password file that is missing',
    args: [...own, '--username=a', '--password-file=/nowhere/p'],
    code: 1,
    says: ['Cannot read --password-file /nowhere/p'],
  },
  {
    what: 'metrics without an address',
    args: [...own, '--http-metrics'],
    code: 1,
    says: ['--http-metrics needs --http-bind'],
  },
  {
    what: 'an address that is none',
    args: [...own, '--http-bind=somewhere'],
    code: 1,
    says: ['--http-bind', 'somewhere'],
  },
  {
    what: 'a port that is taken',
    args: [...own, `--http-bind=127.0.0.1:${listener.port}`],
    code: 1,
    says: ['choose another with --http-bind', `127.0.0.1:${listener.port}`],
  },
  {
    what: 'a repository that is not there',
    args: ['--repo=/nowhere.git', `--root=${root}`, '--link=site', '--one-time'],
    code: 1,
    says: ['/nowhere.git', 'check --repo'],
  },
  {
    what: 'a URL of no known kind',
    args: ['--repo=gopher://h/x', `--root=${root}`, '--link=site', '--one-time'],
    code: 1,
    says: ['gopher'],
  },
  {
    what: 'a host that does not exist',
    args: ['--repo=http://host.invalid/x.git', `--root=${root}`, '--link=site', '--one-time'],
    code: 1,
    says: ['host.invalid', 'DNS'],
  },
  {
    what: 'a ref that is not there',
    args: [...own, '--ref=nowhere'],
    code: 1,
    says: ['nowhere', 'check --ref'],
  },
  {
    what: 'a git that is not there',
    args: [...own, '--git=/nowhere/git'],
    code: 1,
    says: ['/nowhere/git', 'check --git'],
  },
  {
    what: 'a root that is a file',
    args: [`--repo=${repo}`, '--root=/etc/hostname', '--one-time'],
    code: 1,
    says: ['--root /etc/hostname'],
  },
]

for (const refusal of refusals) {
  test(`${refusal.what}: one line says so, and what is served stays`, async () => {
    await expectRefused(refusal, { link: `${root}/site`, repository, commit, before })
  })
}

const asRoot = needs('root')

asRoot.test(
  'a root that the user cannot write: one line says so, and what is served stays',
  async () => {
    // another user must be able to read the way here, and this program
    await chmod(folder.path, 0o755)
    const program = [...usual, 'git-sync']
    const run = (at: string) =>
      runChild([
        'setpriv',
        '--reuid=65533',
        '--regid=65533',
        '--clear-groups',
        ...program,
        `--repo=${repo}`,
        `--root=${at}`,
        '--link=site',
        '--one-time',
      ]).then(
        () => 'it worked',
        (error: Error) => error.message,
      )
    await mkdir(folder.at('closed'), { mode: 0o755 })
    for (const at of [root, folder.at('closed/new')]) {
      const said = await run(at)
      expect(said).toContain('exit 1')
      expect(said).toContain(`Cannot write to --root ${at}`)
      expect(said.match(/"error"/g)).toHaveLength(1)
    }
    // what it can write, it syncs: also from a repository that is another user's
    const free = folder.at('free')
    await mkdir(free)
    await chown(free, 65533, 65533)
    await chmod(dirname(repository.path), 0o755)
    expect(await run(`${free}/root`)).toBe('it worked')
    await expectServes(`${free}/root/site`, repository, commit)
    // a volume that changed hands: the folder is ours, what is in it is not
    const given = folder.at('given')
    await mkdir(given)
    await chown(given, 65533, 65533)
    await writeFile(`${given}/.git-sync.lock`, '', { mode: 0o600 })
    const said = await run(given)
    expect(said).toContain(`${given}/.git-sync.lock`)
    expect(said).toContain('give it to the user')
    expect(fingerprint(`${root}/site`)).toEqual(before)
  },
)

test('a refused configuration is told in the error file too, by its message alone', async () => {
  const errorFile = folder.at('refused')
  const cases: readonly (readonly [args: readonly string[], says: string])[] = [
    [[`--root=${root}`, '--period=1ms'], '--period must be at least 10ms\n'],
    [[`--root=${root}`, '--link=.git'], '--link'],
    [['--root=/proc/none'], '--root /proc/none'],
  ]
  for (const [args, says] of cases) {
    const file = `--error-file=${errorFile}`
    await using sidecar = startSidecar(['git-sync', `--repo=${repo}`, file, ...args])
    expect(await sidecar.exited).toBe(1)
    expect(await Bun.file(errorFile).text()).toContain(says)
    await Bun.file(errorFile).delete()
  }
})

test('without a root, or with a line that does not parse, there is no error file', async () => {
  const file = `--error-file=${folder.at('none')}`
  await using rootless = startSidecar(['git-sync', `--repo=${repo}`, file])
  await using unparsed = startSidecar(['git-sync', ...own, file, '--nope'])
  expect(await rootless.exited).toBe(1)
  expect(await unparsed.exited).toBe(2)
  expect(await Bun.file(folder.at('none')).exists()).toBe(false)
})
