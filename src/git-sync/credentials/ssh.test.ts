import { afterAll, expect, test } from 'bun:test'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { command } from '#kit/command.ts'
import { sshCredential } from './ssh.ts'

const folder = await mkdtemp(`${tmpdir()}/sidecars-ssh-`)
afterAll(() => rmSync(folder, { recursive: true }))

const options = {
  keyFiles: ['/etc/git-secret/ssh'],
  checkHosts: true,
  knownHostsFile: '/etc/git-secret/known_hosts',
  verbosity: 0,
  env: {},
}

async function commandOf(
  changed: Partial<typeof options> & { env?: object } = {},
): Promise<string> {
  const { env } = await sshCredential({ ...options, ...changed }).refresh()
  return env?.GIT_SSH_COMMAND ?? ''
}

/** What the shell of git hands to ssh. */
async function wordsOf(text: string): Promise<readonly string[]> {
  const show = `${folder}/show`
  writeFileSync(show, '#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done\n', { mode: 0o755 })
  const env = { PATH: process.env.PATH }
  const { stdout } = await command(['sh', '-c', text.replace(/^ssh/, show)], { env })
  return stdout.split('\0').slice(0, -1)
}

test('keys, hosts and no questions', async () => {
  expect(await wordsOf(await commandOf({ keyFiles: ['/a', '', '/b'] }))).toEqual([
    ...['-o', 'IdentityFile="/a"', '-o', 'IdentityFile="/b"', '-o', 'BatchMode=yes'],
    ...['-o', 'StrictHostKeyChecking=yes'],
    ...['-o', 'UserKnownHostsFile="/etc/git-secret/known_hosts"'],
  ])
  expect((await wordsOf(await commandOf({ checkHosts: false }))).slice(-3)).toEqual([
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
  ])
})

test('a path is one word for the shell, and nothing in it is replaced', async () => {
  const words = await wordsOf(await commandOf({ keyFiles: [`/it's "a" $HOME %h \\ key`] }))
  expect(words[1]).toBe(`IdentityFile="/it's \\"a\\" $HOME %%h \\\\ key"`)
})

test('$GIT_SSH_COMMAND is the beginning, and from the verbosity 5 on ssh says more', async () => {
  const env = { GIT_SSH_COMMAND: 'ssh -F "/my config"' }
  expect((await wordsOf(await commandOf({ env }))).slice(0, 3)).toEqual(['-F', '/my config', '-o'])
  const first = async (verbosity: number): Promise<string | undefined> =>
    (await wordsOf(await commandOf({ verbosity })))[0]
  for (const [verbosity, word] of [
    [4, '-o'],
    [5, '-v'],
    [6, '-v'],
    [7, '-vv'],
    [9, '-vvv'],
  ] as const) {
    expect(await first(verbosity)).toBe(word)
  }
})
