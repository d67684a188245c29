import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({ files: { a: '1\n' } })
const repo = repository.url
const folder = temporaryFolder('signal')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

let roots = 0

function newRoot(): string {
  return folder.at(`root-${roots++}`)
}

/** What is published in time is not published by the period. */
const longPeriod = '--period=1h'

test('a signal asks for a sync at once, by name, by short name and by number', async () => {
  const forms = [
    [['--sync-on-signal=SIGHUP'], {}, 'SIGHUP'],
    [['--sync-on-signal', 'HUP'], {}, 'SIGHUP'],
    [['--sync-on-signal=0xc'], {}, 'SIGUSR2'],
    [[], { GITSYNC_SYNC_ON_SIGNAL: 'SIGUSR1' }, 'SIGUSR1'],
    [[], { GIT_SYNC_SYNC_ON_SIGNAL: '1' }, 'SIGHUP'],
  ] as const
  for (const [flags, env, signal] of forms) {
    const root = newRoot()
    await using sidecar = startGitSync({ repo, root, flags: [longPeriod, ...flags], env })
    await untilPublished(`${root}/site`, await repository.resolve())
    for (const a of ['2', '3']) {
      const next = await repository.publish({ a: `${a} ${root}\n` })
      sidecar.signal(signal)
      await untilPublished(`${root}/site`, next)
    }
    expect(errorsOf(sidecar)).toEqual([])
  }
})

test('signals during a sync ask for one more right after it, however many they are', async () => {
  await using own = await createRepository({ files: { a: '1\n' } })
  const [asked, gate, git, root] = [
    folder.at('asked'),
    folder.at('gate'),
    folder.at('git'),
    newRoot(),
  ]
  await writeFile(
    git,
    [
      '#!/bin/sh',
      'case "$*" in *ls-remote*)',
      `  echo asked >>${asked}`,
      `  while [ -e ${gate} ]; do sleep 0.01; done`,
      'esac',
      'exec git "$@"',
    ].join('\n'),
    { mode: 0o755 },
  )
  const questions = async (): Promise<number> =>
    (await readFile(asked, 'utf8')).split('\n').filter(Boolean).length
  const untilAsked = (times: number) =>
    until(async () => ((await questions()) >= times ? true : null), { what: `${times} questions` })
  const flags = [longPeriod, '--sync-on-signal=HUP', `--git=${git}`]
  await using sidecar = startGitSync({ repo: own.url, root, flags })
  await untilPublished(`${root}/site`, await own.resolve())
  await writeFile(gate, '')
  sidecar.signal('SIGHUP')
  await untilAsked(2)
  for (let count = 0; count < 5; count++) {
    sidecar.signal('SIGHUP')
    await Bun.sleep(10)
  }
  expect(await questions()).toBe(2)
  await rm(gate)
  await untilAsked(3)
  const next = await own.publish({ a: '2\n' })
  sidecar.signal('SIGHUP')
  await untilPublished(`${root}/site`, next)
  await untilAsked(4)
  // had they queued, their syncs would be among these
  await sidecar.stop()
  expect(await questions()).toBe(4)
})

test('a signal ends the pause after a failure', async () => {
  await using own = await createRepository()
  const root = newRoot()
  const flags = [longPeriod, '--sync-on-signal=HUP', '--ref=later', '--max-failures=-1']
  await using sidecar = startGitSync({ repo: own.url, root, flags })
  await sidecar.line('"failures":1')
  const commit = await own.resolve()
  await own.branch('later', commit)
  sidecar.signal('SIGHUP')
  await untilPublished(`${root}/site`, commit)
})

test('a hash as the ref needs no host, and a signal has what is served looked at', async () => {
  await using own = await createRepository()
  const root = newRoot()
  const commit = await own.resolve()
  const flags = [longPeriod, '--sync-on-signal=HUP', `--ref=${commit}`]
  await using sidecar = startGitSync({ repo: own.url, root, flags })
  await untilPublished(`${root}/site`, commit)
  await rm(`${root}/site`)
  sidecar.signal('SIGHUP')
  await untilPublished(`${root}/site`, commit)
  expect(errorsOf(sidecar)).toEqual([])
})

test('without the option a signal does what the system does', async () => {
  const root = newRoot()
  await using sidecar = startGitSync({ repo, root, flags: [longPeriod] })
  await untilPublished(`${root}/site`, await repository.resolve())
  sidecar.signal('SIGHUP')
  expect(await sidecar.exited).toBe(129)
})

test('INT is a good end once a hash is served: there is nothing left to come', async () => {
  const commit = await repository.resolve()
  for (const [ref, code] of [
    [commit, 0],
    ['main', 130],
  ] as const) {
    const root = newRoot()
    await using sidecar = startGitSync({ repo, root, flags: [longPeriod, `--ref=${ref}`, '-v2'] })
    await untilPublished(`${root}/site`, commit)
    // told after the pass, by which the loop has learned what is served
    await sidecar.line('waiting for the next sync')
    sidecar.signal('SIGINT')
    expect(await sidecar.exited).toBe(code)
  }
})
