import { expect, test } from 'bun:test'
import { command } from '#kit/command.ts'
import { noAuth } from './auth.ts'
import { gitEnvironment, withoutSecretVariables } from './environment.ts'
import { gitIn } from './git-for-tests.ts'

const env = {
  PATH: '/bin',
  GITSYNC_PASSWORD: 'secret-1',
  GIT_SYNC_PASSWORD: 'secret-2',
  GITSYNC_CREDENTIAL: 'secret-3',
  GITSYNC_GITHUB_APP_PRIVATE_KEY: 'secret-4',
  GITSYNC_REPO: 'https://ann:secret-5@host/a@b.git',
  GIT_SYNC_REPO: 'https://secret-6@host/x.git',
  GITSYNC_ASKPASS_URL: 'http://ann:secret-7@host/',
  GIT_ASKPASS_URL: 'http://secret-8@host/',
  GITSYNC_WEBHOOK_URL: 'https://ann:secret-9@host/hook',
  GITSYNC_REF: 'main',
  MISSING: undefined,
}

test('no program of ours gets a secret from our environment', () => {
  const kept = withoutSecretVariables(env)
  expect(kept).toEqual({
    PATH: '/bin',
    GITSYNC_REPO: 'https://host/a@b.git',
    GIT_SYNC_REPO: 'https://host/x.git',
    GITSYNC_REF: 'main',
  })
  expect(JSON.stringify(gitEnvironment(env, { root: '/git', auth: noAuth }))).not.toContain(
    'secret',
  )
})

test('the user of an ssh URL stays, its password does not', () => {
  const seen = (url: string): string | undefined =>
    withoutSecretVariables({ GITSYNC_REPO: url }).GITSYNC_REPO
  expect(seen('ssh://git@host/x')).toBe('ssh://git@host/x')
  expect(seen('ssh://git:secret@host:22/x')).toBe('ssh://git@host:22/x')
  expect(seen('git@host:x/y.git')).toBe('git@host:x/y.git')
})

test('no variable that git itself counts to a single repository goes through', async () => {
  const names = (await gitIn('/', 'rev-parse', '--local-env-vars')).split('\n').filter(Boolean)
  const strange = Object.fromEntries(names.map((name) => [name, '/elsewhere']))
  const made = gitEnvironment(strange, { root: '/git', auth: noAuth })
  expect(names).toContain('GIT_DIR')
  expect(Object.values(made)).not.toContain('/elsewhere')
})

test('git is led to no other repository and no other settings, and asks nobody', () => {
  const strange = {
    GIT_DIR: '/elsewhere',
    GIT_WORK_TREE: '/elsewhere',
    GIT_INDEX_FILE: '/elsewhere',
    GIT_CONFIG_PARAMETERS: "'core.hooksPath'='/elsewhere'",
    GIT_ASKPASS: '/elsewhere',
    GIT_SSL_CAINFO: '/ca.pem',
    GIT_CONFIG_GLOBAL: '/elsewhere',
  }
  const auth = { config: [['a.b', 'c']], env: { D: 'e' }, logins: [] } as const
  const made = gitEnvironment(strange, { root: '/git/root', auth })
  expect(Object.values(made)).not.toContain('/elsewhere')
  expect(made).toMatchObject({
    GIT_SSL_CAINFO: '/ca.pem',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_CEILING_DIRECTORIES: '/git',
    D: 'e',
  })
  const count = Number(made.GIT_CONFIG_COUNT)
  expect(made[`GIT_CONFIG_KEY_${count - 1}`]).toBe('a.b')
  expect(made[`GIT_CONFIG_VALUE_${count - 1}`]).toBe('c')
})

test('git knows who it is without asking name servers for the name of this machine', async () => {
  const made = gitEnvironment({ PATH: process.env.PATH }, { root: '/git', auth: noAuth })
  const { stdout } = await command(['git', 'var', 'GIT_COMMITTER_IDENT'], { env: made, cwd: '/' })
  expect(stdout).toStartWith('git-sync <git-sync@localhost> ')
})
