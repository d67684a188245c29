import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { runChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { expectHealed, startGitSync, syncOnce } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const rooted = needs('root')
const folder = temporaryFolder('cleaning')
afterAll(() => folder.remove())

test('a signal and the time limit end the cleaning of one run, and the next run goes on', async () => {
  await using own = await createRepository()
  const root = folder.at('cleaning')
  await syncOnce({ repo: own.url, root })
  await own.publish({ 'index.html': 'two\n' })
  const git = folder.at('git-gc')
  const [began, ended] = [folder.at('gc-began'), folder.at('gc-ended')]
  const lines = [`case "$*" in gc*) echo >>${began}; sleep 60; echo >>${ended};; esac`]
  await writeFile(git, ['#!/bin/sh', ...lines, 'exec git "$@"', ''].join('\n'), { mode: 0o755 })
  const options = { repo: own.url, root, flags: [`--git=${git}`, '--git-gc=always', '--one-time'] }
  await using sidecar = startGitSync(options)
  await until(() => existsSync(began) || null)
  const startedMs = performance.now()
  expect(await sidecar.stop()).toBe(143)
  expect(performance.now() - startedMs).toBeLessThan(3000)
  const limited = await syncOnce({ ...options, flags: [...options.flags, '--sync-timeout=1s'] })
  expect(limited).toMatchObject({ code: 0, errors: [] })
  expect((await readFile(began, 'utf8')).length).toBe(2)
  const flags = ['--git-gc=always', '-v=5']
  expect((await syncOnce({ ...options, flags })).said).toContain('"gc"')
  expect((await syncOnce({ ...options, flags })).said).not.toContain('"gc"')
  expect(existsSync(ended)).toBe(false)
})

rooted.test('a tree that cannot be removed keeps no other, and leaves its name once', async () => {
  await using own = await createRepository()
  const root = folder.at('stuck')
  const first = await own.resolve()
  await syncOnce({ repo: own.url, root })
  const stale = `${root}/.worktrees/${'f'.repeat(40)}`
  await mkdir(`${root}/.worktrees/${first}/cache`)
  await mkdir(stale)
  await own.publish({ 'index.html': 'two\n' })
  // not even root removes the folder where a volume is mounted
  await runChild(['mount', '-t', 'tmpfs', 'tmpfs', `${root}/.worktrees/${first}/cache`])
  const stuck = async (): Promise<string | undefined> =>
    (await readdir(`${root}/.worktrees`)).find((name) => name.endsWith(first))
  const options = { repo: own.url, root, flags: ['--git-gc=always', '-v=5'] }
  try {
    const { code, errors, said } = await syncOnce(options)
    expect(code).toBe(0)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(/EBUSY.*remove it as the user who wrote into it/)
    expect(existsSync(stale)).toBe(false)
    expect(said).toContain('"gc"')
    const name = await stuck()
    expect(name).not.toBe(first)
    const again = await syncOnce(options)
    expect(again.errors).toHaveLength(1)
    expect(again.said).not.toContain('"gc"')
    expect(await stuck()).toBe(name)
  } finally {
    await runChild(['umount', '--lazy', `${root}/.worktrees/${await stuck()}/cache`])
  }
  await expectHealed(root, own)
  expect(await stuck()).toBeUndefined()
})
