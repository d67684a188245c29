import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { startGitSsh } from '#test/fixtures/git-ssh.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { inTree, syncOnce } from './git-sync-run.ts'
import { expectLikeClone, fromPaths, publishLinks, standBeside } from './git-sync-submodules-run.ts'

setDefaultTimeout(60_000)

const web = needs('nginx', 'fcgiwrap', 'openssl')
const shell = needs('sshd')
const folder = temporaryFolder('submodule-hosts')
afterAll(() => folder.remove())

const one = await createRepository({ files: { 'one.txt': 'one\n' } })
const two = await createRepository({ files: { 'two.txt': 'two\n' } })
afterAll(() => Promise.all([one.remove(), two.remove()]))

web.test('over http each submodule of one host gets the login that is for it', async () => {
  await using site = await createRepository()
  await standBeside(site, 'one.git', one)
  await standBeside(site, 'two.git', two)
  const login = (name: string) => ({ user: `user-${name}`, password: `secret-${name}` })
  const parts = { 'site.git': login('site'), 'one.git': login('one'), 'two.git': login('two') }
  await using server = await startGitHttp(site, { parts })
  await publishLinks(site, {
    one: { url: '../one.git', commit: await one.resolve() },
    two: { url: server.urlOf('two.git'), commit: await two.resolve() },
  })
  const credential = (name: string) =>
    `--credential=${JSON.stringify({
      url: server.urlOf(name),
      username: `user-${name}`,
      password: `secret-${name}`,
    })}`
  const options = { repo: server.url, root: folder.at('logins') }
  const file = folder.at('password')
  await Bun.write(file, 'secret-site')
  const flags = ['--username=user-site', `--password-file=${file}`, credential('one')]
  const failed = await syncOnce({ ...options, flags: [...flags, '-v=6'] })
  expect(failed.code).toBe(1)
  expect(failed.errors.join()).toMatch(
    /Cannot fill the submodule \\"two\\".*check the login for its URL/,
  )
  expect(failed.said).not.toContain('secret-')
  const good = await syncOnce({ ...options, flags: [...flags, credential('two'), '-v=6'] })
  expect(good.code).toBe(0)
  expect(good.said).not.toContain('secret-')
  expect(await readFile(`${options.root}/site/one/one.txt`, 'utf8')).toBe('one\n')
  expect(await readFile(`${options.root}/site/two/two.txt`, 'utf8')).toBe('two\n')
  const answered = (await server.requests()).filter(({ status }) => status === 200)
  for (const { uri, user } of answered) expect(`user-${uri.slice(1, 4)}`).toBe(user.slice(0, 8))
})

web.test('the login of the repository is not told to the host of a submodule', async () => {
  await using site = await createRepository()
  await using elsewhere = await startGitHttp(one, { user: 'ann', password: 'pass' })
  await using server = await startGitHttp(site, { user: 'ann', password: 'pass' })
  await publishLinks(site, { one: { url: elsewhere.url, commit: await one.resolve() } })
  const repo = server.url.replace('://', '://ann:pass@')
  const { code, errors } = await syncOnce({ repo, root: folder.at('other-host') })
  expect(code).toBe(1)
  expect(errors.join()).toMatch(/could not read Username.*give a --credential for its URL/)
  const asked = await elsewhere.requests()
  expect(asked.map(({ user, status }) => ({ user, status }))).toEqual([{ user: '', status: 401 }])
})

web.test(
  'a login that .gitmodules names is used, and neither logged nor put in arguments',
  async () => {
    await using site = await createRepository()
    await using server = await startGitHttp(one, { user: 'bob', password: 'in-the-open' })
    const url = server.url.replace('://', '://bob:in-the-open@')
    await publishLinks(site, { one: { url, commit: await one.resolve() } })
    const { code, said } = await syncOnce({
      repo: site.url,
      root: folder.at('named'),
      flags: ['-v=6'],
    })
    expect(code).toBe(0)
    expect(said).toContain(`"fetch","${server.url}"`)
    expect(said).not.toContain('in-the-open')
  },
)

web.test(
  'a user alone in .gitmodules is a token, unless a login is there for its URL',
  async () => {
    await using site = await createRepository()
    const token = { user: 'token', password: '' }
    await using ofToken = await startGitHttp(one, token)
    await using ofLogin = await startGitHttp(two, { user: 'ann', password: 'pass' })
    const withUser = (url: string) => url.replace('://', '://token@')
    await publishLinks(site, {
      one: { url: withUser(ofToken.url), commit: await one.resolve() },
      two: { url: withUser(ofLogin.url), commit: await two.resolve() },
    })
    const login = JSON.stringify({ url: ofLogin.url, username: 'ann', password: 'pass' })
    const root = folder.at('token')
    const flags = [`--credential=${login}`]
    expect(await syncOnce({ repo: site.url, root, flags })).toMatchObject({ code: 0, errors: [] })
    expect(await readFile(`${root}/site/one/one.txt`, 'utf8')).toBe('one\n')
    expect(await readFile(`${root}/site/two/two.txt`, 'utf8')).toBe('two\n')
  },
)

shell.test(
  'over ssh each submodule is let in by its key, also by a URL relative to host:path',
  async () => {
    await using site = await createRepository()
    await using ofSite = await startGitSsh(site)
    await using ofTwo = await startGitSsh(two)
    await standBeside(site, 'one.git', one)
    const known = folder.at('known_hosts')
    const files = [ofSite.knownHostsFile, ofTwo.knownHostsFile]
    const hosts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    // the short form of an address has no port: ssh is told it by the name
    const config = ['Host site', 'HostName 127.0.0.1', `Port ${ofSite.port}`, ''].join('\n')
    await Bun.write(known, hosts.join(''))
    await Bun.write(folder.at('ssh_config'), config)
    await publishLinks(site, {
      one: { url: '../one.git', commit: await one.resolve() },
      two: { url: ofTwo.url, commit: await two.resolve() },
    })
    const [, user] = /ssh:\/\/(\w+)@/.exec(ofSite.url) ?? []
    const options = {
      repo: `${user}@site:${site.path}`,
      root: folder.at('ssh'),
      env: { GIT_SSH_COMMAND: `ssh -F ${folder.at('ssh_config')}` },
    }
    const flags = [`--ssh-known-hosts-file=${known}`, `--ssh-key-file=${ofSite.keyFile}`]
    const failed = await syncOnce({ ...options, flags })
    expect(failed.errors.join()).toMatch(/Cannot fill the submodule \\"two\\".*--ssh-key-file/)
    const both = [...flags, `--ssh-key-file=${ofTwo.keyFile}`]
    expect(await syncOnce({ ...options, flags: both })).toMatchObject({ code: 0, errors: [] })
    expect(await readFile(`${options.root}/site/one/one.txt`, 'utf8')).toBe('one\n')
    expect(await readFile(`${options.root}/site/two/two.txt`, 'utf8')).toBe('two\n')
  },
)

test('--depth is the number of commits of submodules too, unless theirs asks for one', async () => {
  await using sub = await createRepository()
  for (const text of ['two', 'three', 'four']) await sub.publish({ 'index.html': text })
  await using site = await createRepository()
  const link = { url: sub.url, commit: await sub.resolve() }
  await publishLinks(site, { usual: link, short: { ...link, settings: { shallow: 'true' } } })
  for (const [depth, commits] of [
    ['1', '1'],
    ['2', '2'],
    ['0', '4'],
  ] as const) {
    const root = folder.at(`depth-${depth}`)
    await syncOnce({ repo: site.url, root, flags: [fromPaths, `--depth=${depth}`] })
    const count = async (path: string) =>
      (await inTree(`${root}/site/${path}`, site, 'rev-list', '--count', 'HEAD')).trim()
    expect([depth, await count('usual'), await count('short')]).toEqual([depth, commits, '1'])
  }
})

test('a host that gives no commit by its hash is asked for its branches, then for all history', async () => {
  await using sub = await createRepository()
  const first = await sub.resolve()
  await sub.publish({ 'index.html': 'two' })
  await using site = await createRepository()
  const root = folder.at('refusing')
  // before version 2 of the protocol, hosts give by hash only what they have told of
  const flags = [`${fromPaths},protocol.version:0`]
  for (const [commit, text] of [
    [await sub.resolve(), 'two'],
    [first, 'one\n'],
  ] as const) {
    await publishLinks(site, { sub: { url: sub.url, commit } })
    const { code, errors } = await syncOnce({ repo: site.url, root, flags })
    expect({ code, errors }).toEqual({ code: 0, errors: [] })
    expect(await readFile(`${root}/site/sub/index.html`, 'utf8')).toBe(text)
  }
  await publishLinks(site, { sub: { url: sub.url, commit: 'e'.repeat(40) } })
  const { errors } = await syncOnce({ repo: site.url, root, flags })
  expect(errors.join()).toMatch(/unadvertised object.*push that commit/)
})

test('a repository of SHA-256 has submodules of SHA-256', async () => {
  await using sub = await createRepository({ objectFormat: 'sha256' })
  await using site = await createRepository({ objectFormat: 'sha256' })
  await publishLinks(site, { sub: { url: sub.url, commit: await sub.resolve() } })
  const root = folder.at('sha256')
  expect(await syncOnce({ repo: site.url, root, flags: [fromPaths] })).toMatchObject({ code: 0 })
  await expectLikeClone(`${root}/site`, site)
})
