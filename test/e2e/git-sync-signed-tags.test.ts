import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { rm } from 'node:fs/promises'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { expectServes, startGitSync, syncOnce } from './git-sync-run.ts'
import { scriptsIn } from './hook-scripts.ts'
import { untilTold } from './publish-run.ts'
import { newSigners, signNothing, trusting } from './signing-run.ts'

setDefaultTimeout(60_000)
const { test } = needs('ssh-keygen', 'gpg')

const folder = temporaryFolder('signed-tags')
const { path } = scriptsIn(folder)
const signers = await newSigners(folder)
afterAll(folder.remove)

const trustingAda = () => trusting(signers.ssh.ada, 'ssh', path('keys'))

function untilRefused(sidecar: Sidecar): Promise<true> {
  return until(() => sidecar.log().some(({ msg }) => msg === 'commit refused') || null)
}

test('a tag is signed with the folders of its name', async () => {
  await using repository = await createRepository()
  await signers.ssh.ada.use(repository)
  await repository.tag('v1', { message: 'one' })
  await repository.tag('mine/v1', { message: 'mine' })
  // who may push gives a signed tag another name
  for (const name of ['live/v1', 'live/mine/v1']) {
    const from = name.slice('live/'.length)
    await repository.push({ force: true, ref: `refs/tags/${from}:refs/tags/${name}` })
  }
  const flags = await trustingAda()
  const sync = (ref: string) =>
    syncOnce({ repo: repository.url, root: path('root'), flags: [...flags, `--ref=${ref}`] })
  for (const ref of ['live/v1', 'tags/live/v1', 'refs/tags/live/v1', 'live/mine/v1']) {
    const { code, errors } = await sync(ref)
    expect({ ref, code }).toEqual({ ref, code: 1 })
    expect(errors.join()).toContain(`, not as ${JSON.stringify(ref).replaceAll('"', '\\"')}`)
  }
  await repository.push({ force: true, ref: 'refs/tags/v1:refs/releases/v1' })
  const good = ['v1', 'tags/v1', 'refs/tags/v1', 'mine/v1', 'refs/tags/mine/v1', 'refs/releases/v1']
  for (const ref of good) {
    const { code, errors } = await sync(ref)
    expect({ ref, code, errors }).toEqual({ ref, code: 0, errors: [] })
  }
})

test('a damaged tree is built again from the tag that was good, also when the next one is not', async () => {
  await using repository = await createRepository()
  const root = path('root')
  const first = await repository.resolve()
  await signers.ssh.ada.use(repository)
  await repository.tag('v1', { message: 'one' })
  const flags = [...(await trustingAda()), '--ref=v1']
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilTold(sidecar, first)
  await signNothing(repository)
  await repository.publish({ a: '2\n' })
  await repository.tag('v1', { message: 'two' })
  await untilRefused(sidecar)
  await rm(`${root}/.worktrees/${first}`, { recursive: true })
  await until(async () => {
    await expectServes(`${root}/site`, repository, first)
    return true
  })
})
