import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { needs, program } from '#test/fixtures/needs.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { built, startSidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'

const folderOfBuilt = dirname(built)

test('one executable is both sidecars, by its first word and by its name', async () => {
  await using folder = temporaryFolder()
  await symlink(built, folder.at('server'))
  const helpOf = async (...command: readonly string[]): Promise<string> =>
    (await runChild([...command, '--help'])).split(' ')[0] ?? ''
  expect(await helpOf(built, 'git-sync')).toBe('git-sync:')
  expect(await helpOf(built, 'topz')).toBe('topz:')
  expect(await helpOf(join(folderOfBuilt, 'git-sync'))).toBe('git-sync:')
  expect(await helpOf(join(folderOfBuilt, 'topz'))).toBe('topz:')
  expect(await helpOf(folder.at('server'))).toBe('topz:')
})

test('a working directory of somebody else decides nothing', async () => {
  await using repository = await createRepository({ files: { 'index.html': 'hello' } })
  await using folder = temporaryFolder()
  const evil = `await Bun.write(${JSON.stringify(folder.at('owned'))}, 'owned')`
  await Bun.write(folder.at('hostile/evil.ts'), evil)
  await Bun.write(folder.at('hostile/bunfig.toml'), 'preload = ["./evil.ts"]\n')
  await Bun.write(folder.at('hostile/.env'), 'GITSYNC_REF=no-such-branch\nTOPZ_ADDR=wrong\n')
  await Bun.write(
    folder.at('hostile/tsconfig.json'),
    '{"compilerOptions":{"paths":{"*":["./evil.ts"]}}}',
  )
  await Bun.write(folder.at('hostile/package.json'), '{"imports":{"#kit/*":"./evil.ts"}}')
  const root = folder.at('root')
  const flags = [`--repo=${repository.url}`, `--root=${root}`, '--link=site', '--one-time']
  await using sync = startSidecar(['git-sync', ...flags], {
    executable: built,
    cwd: folder.at('hostile'),
    env: repository.env,
  })
  expect(await sync.exited).toBe(0)
  expect(await Bun.file(`${root}/site/index.html`).text()).toBe('hello')
  expect(existsSync(folder.at('owned'))).toBe(false)
})

test('it needs nothing on the PATH but git', async () => {
  await using repository = await createRepository({ files: { 'index.html': 'hello' } })
  await using folder = temporaryFolder()
  await Bun.write(folder.at('bin/.keep'), '')
  await symlink(program('git') ?? 'git', folder.at('bin/git'))
  const env = { ...repository.env, PATH: folder.at('bin') }
  const root = folder.at('root')
  const flags = [`--repo=${repository.url}`, `--root=${root}`, '--link=site', '--one-time']
  await using sync = startSidecar(['git-sync', ...flags], { executable: built, env })
  expect(await sync.exited).toBe(0)
  await using topz = startSidecar(['topz', `--addr=127.0.0.1:${freePort()}`], {
    executable: built,
    env,
  })
  expect(await topz.line('Serving on')).toMatch(/^Serving on 127\.0\.0\.1:\d+$/)
})

needs('strace').test('topz starts no program', async () => {
  const address = `127.0.0.1:${freePort()}`
  await using topz = startSidecar(['topz', `--addr=${address}`], {
    executable: built,
    countPrograms: true,
  })
  await topz.line('Serving on')
  for (let time = 0; time < 3; time++) {
    expect((await fetch(`http://${address}/topz`)).status).toBe(200)
  }
  await topz.stop()
  expect(await topz.programs()).toEqual([])
})
