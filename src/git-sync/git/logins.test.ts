import { afterAll, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { command } from '#kit/command.ts'
import type { Login } from './auth.ts'
import { noAuth } from './auth.ts'
import { gitEnvironment } from './environment.ts'
import { loginFor } from './logins.ts'

const root = await mkdtemp(`${tmpdir()}/sidecars-logins-`)
afterAll(() => rmSync(root, { recursive: true }))

/** What git itself finds for a URL: the password that its `credential fill` answers, or null. */
async function filled(url: string, logins: readonly Login[]): Promise<string | null> {
  const env = gitEnvironment(process.env, { root, auth: { ...noAuth, logins } })
  const ask = ['sh', '-c', `printf 'url=%s\\n\\n' "$1" | git credential fill`, 'sh', url]
  const { stdout } = await command(ask, { env, cwd: root })
  return /^password=(.*)$/m.exec(stdout)?.[1] ?? null
}

function login(url: string, password: string): Login {
  return { url, username: 'ann', password }
}

const logins = [
  login('https://host', 'host'),
  login('https://host/team/site', 'site'),
  login('https://host/team/', 'team'),
  login('https://host/team', 'too late'),
  login('https://HOST:443/team/deep/one.git', 'deep'),
  login('http://other:8080/a%20b', 'other'),
  login("http://other/@team/c++'s/~ann", 'signs'),
  login('http://other/%61/t%c3%abam', 'letters'),
  login('https://with_line', 'line'),
  login('https://with_line:8080', 'port'),
  login('https://münchen.example:8080', 'umlaut'),
]

const cases: readonly (readonly [url: string, password: string | null])[] = [
  ['https://host/x', 'host'],
  ['https://host', 'host'],
  ['https://host:443/x.git', 'host'],
  ['https://host/teams/x', 'host'],
  ['https://host/team', 'team'],
  ['https://host/team.git', 'team'],
  ['https://host/team/x.git', 'team'],
  ['https://host/team/sites', 'team'],
  ['https://host/team/../x', 'host'],
  ['https://host/team/site', 'site'],
  ['https://Host/team/site.git', 'site'],
  ['https://host/team/site.git/', 'site'],
  ['https://host/team/site/below', 'site'],
  ['https://host/team/deep/one', 'deep'],
  ['https://host/team/deep/one.git', 'deep'],
  ['https://bob@host/team/x.git', 'team'],
  ['http://other:8080/a%20b/c', 'other'],
  ['http://other:8080/a', null],
  ['http://other/a%20b', null],
  ["http://other/@team/c++'s/~ann/site", 'signs'],
  ['http://other/%40team/c%2B%2b%27s/%7Eann/site', 'signs'],
  ['http://other/a/tëam', 'letters'],
  ['http://other/a/t%C3%ABam', 'letters'],
  ['http://other//a/t%C3%ABam/site', 'letters'],
  ['https://with_line/x', 'line'],
  ['https://with_line:8080/x', 'port'],
  ['http://with_line/x', null],
  ['https://withxline/x', null],
  ['https://münchen.example:8080/x', 'umlaut'],
  ['https://xn--mnchen-3ya.example:8080/x', 'umlaut'],
  ['https://münchen.example/x', null],
  ['http://host/team/site', null],
  ['https://host.example/x', null],
]

for (const [url, password] of cases) {
  test(`git takes for ${url} ${password === null ? 'no login' : `that of ${password}`}`, async () => {
    expect(await filled(url, logins)).toBe(password)
    expect(loginFor(url, logins)?.password ?? null).toBe(password)
  })
}

test('user names and passwords reach git as they are', async () => {
  for (const word of ['%41 $HOME `x` "y" \'z\' \\n\\', '-n', '%s%s', 'wörd=ü=', '', ' blank ']) {
    expect(await filled('https://host/x', [login('https://host', word)])).toBe(word)
  }
})
