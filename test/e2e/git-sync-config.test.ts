import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { type Once, syncOnce } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({ files: { a: 'one\ntwo\n' } })
const folder = temporaryFolder('config')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

const web = needs('nginx', 'fcgiwrap', 'openssl')

let roots = 0

interface Run {
  readonly repo?: string
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** One sync into a new root, with what was published as `a`, null when nothing was. */
async function sync({
  repo = repository.url,
  ...options
}: Run): Promise<Once & { a: string | null }> {
  const root = folder.at(`root-${roots++}`)
  const once = await syncOnce({ repo, root, ...options })
  const a = await readFile(`${root}/site/a`, 'utf8').catch(() => null)
  return { ...once, a }
}

test('a setting shapes what is checked out, by flag, by one pair each and by environment', async () => {
  const crlf = { code: 0, errors: [], a: 'one\r\ntwo\r\n' }
  const plain = { code: 0, errors: [], a: 'one\ntwo\n' }
  expect(await sync({})).toMatchObject(plain)
  expect(await sync({ flags: ['--git-config=core.autocrlf:true'] })).toMatchObject(crlf)
  expect(await sync({ flags: ['--git-config', '"core.autocrlf":"true",'] })).toMatchObject(crlf)
  expect(await sync({ flags: ['--git-config-add=core.autocrlf:true'] })).toMatchObject(crlf)
  for (const name of ['GITSYNC_GIT_CONFIG', 'GIT_SYNC_GIT_CONFIG']) {
    expect(await sync({ env: { [name]: 'core.autocrlf:true' } })).toMatchObject(crlf)
  }
})

test('of a setting that comes again the last one holds, those of one pair each after the list', async () => {
  const list = '--git-config=core.autocrlf:input,Core.AutoCRLF:true'
  expect(await sync({ flags: [list] })).toMatchObject({ a: 'one\r\ntwo\r\n' })
  const pair = '--git-config-add=core.autoCrlf:false'
  expect(await sync({ flags: [pair, list] })).toMatchObject({ a: 'one\ntwo\n' })
  const flags = [pair, '--git-config-add=core.autocrlf:true', list]
  expect(await sync({ flags })).toMatchObject({ a: 'one\r\ntwo\r\n' })
})

test('values reach git as they were meant: with commas, quotes, tabs and line ends', async () => {
  const git = folder.at('git-that-tells')
  const told = folder.at('told')
  const words = ['a.list', 'a.quoted', 'a.c d.e', 'a.plain'].map((key) => `'${key}'`).join(' ')
  const tell = `for key in ${words}; do git config --get "$key"; echo "[$?]"; done >${told}`
  await writeFile(git, `#!/bin/sh\n[ "$1" != fetch ] || { ${tell}; }\nexec git "$@"\n`, {
    mode: 0o755,
  })
  const list = String.raw`a.list:one\, two\tthree\\,a.quoted:"say \"no\",\nor yes","a.c d.e":"x:y"`
  const flags = [`--git=${git}`, `--git-config=${list}`, '--git-config-add=a.plain: s p ,']
  expect(await sync({ flags })).toMatchObject({ code: 0, errors: [] })
  expect(await readFile(told, 'utf8')).toBe(
    ['one, two\tthree\\\n[0]', 'say "no",\nor yes\n[0]', 'x:y\n[0]', ' s p \n[0]', ''].join('\n'),
  )
})

test('a subsection with a colon stands in quotes, and its URL is asked instead', async () => {
  const setting = `"url.${repository.url}.insteadOf":"https://host.invalid/site"`
  const flags = [`--git-config=${setting}`]
  const { code, errors } = await sync({ repo: 'https://host.invalid/site', flags })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
})

web.test('a header reaches the server, and no line of the log', async () => {
  const word = 'a-secret-word'
  await using server = await startGitHttp(repository, { user: 'ann', password: word })
  const basic = Buffer.from(`ann:${word}`).toString('base64')
  const header = `http.extraHeader:Authorization: Basic ${basic}`
  const { code, errors, said } = await sync({
    repo: server.url,
    flags: [`--git-config=${header},http.userAgent:mine`, '-v=9'],
  })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  expect((await server.requests()).map(({ agent, user }) => `${agent} ${user}`)).toContain(
    'mine ann',
  )
  expect(said).toContain('http.extraHeader http.userAgent')
  expect(said).not.toContain(basic)
  expect(await sync({ repo: server.url })).toMatchObject({ code: 1, a: null })
})

web.test(
  'a credential helper of one’s own is asked, and the .netrc of the home is read',
  async () => {
    await using server = await startGitHttp(repository, { user: 'ann', password: 'a-word' })
    const [helper, asked, home] = [folder.at('helper'), folder.at('asked'), folder.at('home')]
    const answer = 'printf "username=ann\\npassword=a-word\\n"'
    await writeFile(helper, `#!/bin/sh\n[ "$1" = get ] || exit 0\ncat >${asked}\n${answer}\n`, {
      mode: 0o755,
    })
    const good = { code: 0, errors: [], a: 'one\ntwo\n' }
    const path = '--git-config-add=credential.useHttpPath:true'
    for (const named of [helper, `!${helper} $@`]) {
      const flags = [`--git-config=credential.helper:${named}`]
      expect(await sync({ repo: server.url, flags })).toMatchObject(good)
      expect(await readFile(asked, 'utf8')).not.toContain('path=')
      expect(await sync({ repo: server.url, flags: [...flags, path] })).toMatchObject(good)
      expect(await readFile(asked, 'utf8')).toContain('path=site.git\n')
    }
    await mkdir(home)
    await writeFile(`${home}/.netrc`, 'machine 127.0.0.1 login ann password a-word\n')
    expect(await sync({ repo: server.url, env: { HOME: home } })).toMatchObject(good)
    const env = { GITSYNC_PASSWORD: 'a-word' }
    expect(await sync({ repo: server.url, env, flags: ['--username=ann', path] })).toMatchObject(
      good,
    )
  },
)

web.test('a certificate of one’s own is trusted by http.sslCAInfo', async () => {
  await using server = await startGitHttp(repository, { tls: true })
  const flags = [`--git-config=http.sslCAInfo:${server.certificate}`]
  expect(await sync({ repo: server.url, flags })).toMatchObject({ code: 0, errors: [] })
  const untrusted = await sync({ repo: server.url })
  expect(untrusted).toMatchObject({ code: 1, a: null })
  expect(untrusted.errors[0]).toContain('certificate')
})

test('what the safety of the root rests on stays as it is, and a warning says so', async () => {
  const hooks = folder.at('hooks')
  const ran = folder.at('ran')
  await mkdir(hooks)
  for (const name of ['post-checkout', 'reference-transaction']) {
    await writeFile(`${hooks}/${name}`, `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 })
  }
  const flags = [`--git-config=core.hooksPath:${hooks},safe.directory:""`]
  const { code, said } = await sync({ flags })
  expect(code).toBe(0)
  expect(existsSync(ran)).toBe(false)
  expect(said).toContain('stay as they are')
  expect(said).toContain('"keys":["core.hooksPath","safe.directory"]')
})
