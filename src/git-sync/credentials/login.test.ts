import { afterAll, expect, test } from 'bun:test'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { systemClock } from '#kit/clock.ts'
import { createLog } from '#kit/log.ts'
import { loginCredential } from './login.ts'

const folder = await mkdtemp(`${tmpdir()}/sidecars-login-`)
afterAll(() => rmSync(folder, { recursive: true }))

const file = `${folder}/password`
const log = createLog({ verbosity: 0, clock: systemClock, write() {} })
const credential = loginCredential({
  url: 'https://host',
  username: 'ann',
  password: { file },
  option: '--password-file',
  log,
})

async function passwordFor(content: string | Uint8Array): Promise<string | undefined> {
  writeFileSync(file, content)
  return (await credential.refresh()).logins?.[0]?.password
}

test('a password is taken as it is, but for the line ends behind it', async () => {
  expect(await passwordFor(' pass wörd\t')).toBe(' pass wörd\t')
  expect(await passwordFor('word\n')).toBe('word')
  expect(await passwordFor('word\r\n\n')).toBe('word')
  expect(await passwordFor('')).toBe('')
})

test('a file that holds more than a password is refused without showing it', async () => {
  for (const content of ['zig\nzag', 'zig\rzag', 'zig\0zag', new Uint8Array([0xff, 0x41])]) {
    const error = await passwordFor(content).catch(String)
    expect(error).toContain(`--password-file ${file}`)
    expect(error).not.toMatch(/zig|zag/)
  }
})

test('a file that is not there is told by its option and path', async () => {
  rmSync(file)
  expect(credential.refresh()).rejects.toThrow(`Cannot read --password-file ${file}: ENOENT`)
})

test('a user name of two lines is refused: git would take the second for a password', async () => {
  const two = {
    url: 'https://host',
    username: 'ann\npassword=x',
    password: 'p',
    option: '--repo',
    log,
  }
  expect(loginCredential(two).refresh()).rejects.toThrow('user name for https://host')
})

test('no line shows the password, the header, or a token in the place of the user', async () => {
  const quiet = createLog({ verbosity: 0, clock: systemClock, write() {} })
  for (const [username, password] of [
    ['ann', 'secret-1'],
    ['token-2', ''],
    ['token-3', 'x-oauth-basic'],
  ] as const) {
    const options = { url: 'https://host', username, password, option: '--repo', log: quiet }
    await loginCredential(options).refresh()
  }
  const secrets = ['secret-1', btoa('ann:secret-1'), 'token-2', 'token-3', btoa('token-2:')]
  for (const secret of secrets) expect(quiet.masked(`a ${secret} b`)).toBe('a [redacted] b')
  expect(quiet.masked('ann')).toBe('ann')
})
