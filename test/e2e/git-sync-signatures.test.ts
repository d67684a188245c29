import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { needs, program } from '#test/fixtures/needs.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { expectServes, startGitSync, syncOnce } from './git-sync-run.ts'
import { scriptsIn, withMetrics } from './hook-scripts.ts'
import { untilServed, untilTold } from './publish-run.ts'
import { gpgSigner, type Kind, keysFlag, newSigners, signNothing, trusting } from './signing-run.ts'

setDefaultTimeout(60_000)
const { test } = needs('ssh-keygen', 'gpg')

const folder = temporaryFolder('signatures')
const { path } = scriptsIn(folder)
const signers = await newSigners(folder)
afterAll(folder.remove)

/** The options for a file in which ada's key is. */
async function trustingAda(kind: Kind) {
  const file = path('keys')
  return { file, flags: await trusting(signers[kind].ada, kind, file) }
}

/** Waits until the log tells that the commit is refused, and gives the reason. */
function untilRefused(sidecar: Sidecar, commit: string): Promise<string> {
  const refused = () =>
    sidecar.log().findLast(({ msg, error }) => msg === 'commit refused' && error?.includes(commit))
      ?.error ?? null
  return until(refused, { timeoutMs: 20_000, what: `the refusal of ${commit}` })
}

/** A repository whose only commit ada has signed. */
async function signedRepository(kind: Kind): Promise<Repository> {
  const repository = await createRepository()
  await signers[kind].ada.use(repository)
  await repository.publish({ a: 'signed\n' })
  return repository
}

for (const kind of ['ssh', 'gpg'] as const) {
  const other = kind === 'ssh' ? 'gpg' : 'ssh'

  test(`a commit without a good signature is not served with ${kind}`, async () => {
    await using repository = await signedRepository(kind)
    const { file, flags } = await trustingAda(kind)
    const root = path('root')
    await using sidecar = startGitSync({
      ...{ repo: repository.url, root, flags: [...flags, ...withMetrics] },
      // this user and machine trust eve, and ada's key of the other kind
      env: { GNUPGHOME: kind === 'ssh' ? signers.gpg.ada.home : signers.gpg.eve.home },
    })
    const first = await repository.resolve()
    await untilTold(sidecar, first)
    await signNothing(repository)
    const unsigned = await repository.publish({ a: 'unsigned\n' })
    expect(await untilRefused(sidecar, unsigned)).toBe(
      `Cannot publish commit ${unsigned}: it is not signed; sign it, or add its key there`,
    )
    const isOther = `its signature is of another kind than --verify-signatures=${kind}`
    const words = `it is not signed by a key of ${keysFlag[kind]} ${file}: `
    await signers[kind].eve.use(repository)
    const foreign = await repository.publish({ a: 'foreign\n' })
    expect(await untilRefused(sidecar, foreign)).toContain(words)
    await signers[other].ada.use(repository)
    const otherKind = await repository.publish({ a: 'other\n' })
    expect(await untilRefused(sidecar, otherKind)).toContain(isOther)
    await expectServes(`${root}/site`, repository, first)
    const { address } = JSON.parse(await sidecar.line('serving HTTP'))
    const metrics = await (await fetch(`http://${address}/metrics`)).text()
    expect(metrics).toContain('git_sync_refused_commits_total{by="signature"} 3\n')
    await signers[kind].ada.use(repository)
    const good = await repository.publish({ a: 'good\n' })
    await untilTold(sidecar, good)
    await expectServes(`${root}/site`, repository, good)
  })

  test(`of an annotated tag its own signature counts with ${kind}`, async () => {
    await using repository = await createRepository()
    const signer = signers[kind].ada
    const { flags } = await trustingAda(kind)
    const root = path('root')
    // of a commit that nobody signed
    await signer.use(repository)
    await repository.tag('v1', { message: 'one' })
    await using sidecar = startGitSync({
      ...{ repo: repository.url, root, flags: [...flags, '--ref=v1'] },
    })
    await untilTold(sidecar, await repository.resolve())
    // a signed commit, and a tag that nobody signed
    const next = await repository.publish({ a: '2\n' })
    await signNothing(repository)
    await repository.tag('v1', { message: 'two' })
    expect(await untilRefused(sidecar, next)).toContain('its tag is not signed; sign it')
    // the same commit by another tag
    await signer.use(repository)
    await repository.tag('v1', { message: 'signed now' })
    await untilTold(sidecar, next)
    // a good signature of another name
    const third = await repository.publish({ a: '3\n' })
    await repository.tag('v2', { message: 'three' })
    await repository.push({ force: true, ref: 'refs/tags/v2:refs/tags/v1' })
    const refused = await untilRefused(sidecar, third)
    expect(refused).toContain('its tag is signed as "v2", not as "v1"')
    await expectServes(`${root}/site`, repository, next)
    // a light tag is its commit
    await signNothing(repository)
    await repository.tag('v1')
    await untilTold(sidecar, third)
  })

  test(`keys count as soon as they are in the file, and no longer than that, with ${kind}`, async () => {
    await using repository = await signedRepository(kind)
    const { file, flags } = await trustingAda(kind)
    const root = path('root')
    await using sidecar = startGitSync({ repo: repository.url, root, flags })
    const first = await repository.resolve()
    await untilTold(sidecar, first)
    await signers[kind].eve.use(repository)
    const next = await repository.publish({ a: '2\n' })
    await untilRefused(sidecar, next)
    await signers[kind].eve.addTo(file)
    await untilTold(sidecar, next)
    // what is served stays, and it is said that it would not be published any more
    await writeFile(file, '')
    await signers[kind].ada.addTo(`${file}-new`)
    await writeFile(file, await Bun.file(`${file}-new`).text())
    await untilRefused(sidecar, next)
    await expectServes(`${root}/site`, repository, next)
    await signers[kind].ada.use(repository)
    const last = await repository.publish({ a: '3\n' })
    await untilServed(sidecar, last)
  })

  test(`what an earlier process served unsigned stays, and is an error, with ${kind}`, async () => {
    await using repository = await createRepository()
    const root = path('root')
    expect(await syncOnce({ repo: repository.url, root })).toMatchObject({ code: 0 })
    const { file, flags } = await trustingAda(kind)
    const commit = await repository.resolve()
    const { code, errors } = await syncOnce({ repo: repository.url, root, flags })
    expect(code).toBe(1)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain(`Cannot publish commit ${commit}: it is not signed`)
    await expectServes(`${root}/site`, repository, commit)
    // a root whose repository trusts everybody
    const settings = { 'gpg.ssh.program': 'true', 'gpg.program': 'true' }
    for (const [key, value] of Object.entries(settings)) {
      await repository.git('--git-dir', `${root}/.git`, 'config', key, value)
    }
    await signers[kind].eve.use(repository)
    await repository.publish({ a: '2\n' })
    const foreign = await syncOnce({ repo: repository.url, root, flags })
    expect(foreign.errors.join()).toContain(`not signed by a key of ${keysFlag[kind]} ${file}`)
  })
}

test('a key that has expired or was revoked signs nothing', async () => {
  await using short = await gpgSigner(folder, 'short', { isOld: true })
  await using gone = await gpgSigner(folder, 'gone')
  await using repository = await createRepository()
  const file = path('keys')
  const flags = ['--verify-signatures=gpg', `--gpg-keys-file=${file}`]
  await short.use(repository)
  await repository.publish({ a: '1\n' })
  await short.addTo(file)
  const expired = await syncOnce({ repo: repository.url, root: path('root'), flags })
  expect(expired).toMatchObject({ code: 1 })
  expect(expired.errors.join()).toContain('is not signed by a key of --gpg-keys-file')
  await gone.use(repository)
  await repository.publish({ a: '2\n' })
  await gone.addTo(file)
  expect(await syncOnce({ repo: repository.url, root: path('root'), flags })).toMatchObject({
    ...{ code: 0, errors: [] },
  })
  const [revocation = ''] = readdirSync(`${gone.home}/openpgp-revocs.d`)
  const text = await Bun.file(`${gone.home}/openpgp-revocs.d/${revocation}`).text()
  await writeFile(folder.at('revocation'), text.replace(/^:/m, ''))
  await gone.gpg('--import', folder.at('revocation'))
  await writeFile(file, await gone.gpg('--armor', '--export'))
  const revoked = await syncOnce({ repo: repository.url, root: path('root'), flags })
  expect(revoked).toMatchObject({ code: 1 })
  expect(revoked.errors.join()).toContain('is not signed by a key of --gpg-keys-file')
})

test('nothing is left behind, and a file without keys is told by name', async () => {
  await using repository = await signedRepository('gpg')
  const temporary = path('temporary')
  mkdirSync(temporary)
  const env = { TMPDIR: temporary }
  const { flags } = await trustingAda('gpg')
  const root = path('root')
  const options = { repo: repository.url, root, env }
  expect(await syncOnce({ ...options, flags })).toMatchObject({ code: 0, errors: [] })
  expect(readdirSync(temporary)).toEqual([])
  const empty = path('empty')
  writeFileSync(empty, 'no key\n')
  const [kind = ''] = flags
  const files = [
    [empty, 'no valid OpenPGP data'],
    ['/nowhere/keys', 'ENOENT'],
  ] as const
  for (const [file, why] of files) {
    const failed = await syncOnce({ ...options, flags: [kind, `--gpg-keys-file=${file}`] })
    expect(failed.code).toBe(1)
    expect(failed.errors.join()).toContain(`Cannot read --gpg-keys-file ${file}`)
    expect(failed.errors.join()).toContain(why)
  }
  expect(readdirSync(temporary)).toEqual([])
})

test('a machine without the program is told at the start', async () => {
  await using repository = await createRepository()
  const bin = path('bin')
  mkdirSync(bin)
  await symlink(program('git') ?? '', `${bin}/git`)
  for (const kind of ['ssh', 'gpg'] as const) {
    const { flags } = await trustingAda(kind)
    const options = { repo: repository.url, root: path('root'), env: { PATH: bin } }
    const { code, errors } = await syncOnce({ ...options, flags })
    expect(code).toBe(1)
    expect(errors.join()).toContain(
      `Cannot do --verify-signatures=${kind}: there is no program ${kind === 'ssh' ? 'ssh-keygen' : 'gpg'} here`,
    )
  }
})
