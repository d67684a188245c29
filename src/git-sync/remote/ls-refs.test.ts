import { afterAll, expect, test } from 'bun:test'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { lsRefsRequest, parseAdvertisement, parseRefs } from './ls-refs.ts'

const repository = await createRepository()
afterAll(() => repository.remove())
const first = await repository.resolve()
const second = await repository.publish({ 'index.html': 'two\n' })
await repository.tag('light', { at: first })
await repository.tag('heavy', { at: first, message: 'a tag of its own' })

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const hash = 'a'.repeat(40)

/** Asks a real server as version 2 of the protocol says; gives both of its answers. */
async function ask(prefixes: readonly string[]): Promise<[Uint8Array, Uint8Array]> {
  await using server = await startGitHttp(repository)
  const headers = { 'git-protocol': 'version=2' }
  const info = await fetch(`${server.url}/info/refs?service=git-upload-pack`, { headers })
  const advertised = await info.bytes()
  const format = parseAdvertisement(advertised)?.objectFormat ?? 'none'
  const body = lsRefsRequest({ objectFormat: format, agent: 'test', prefixes })
  const type = 'application/x-git-upload-pack-request'
  const answer = await fetch(`${server.url}/git-upload-pack`, {
    method: 'POST',
    headers: { ...headers, 'content-type': type },
    body,
  })
  return [advertised, await answer.bytes()]
}

needs('nginx', 'fcgiwrap').test(
  'a real server understands the question, and we its answer',
  async () => {
    const [advertised, answer] = await ask(['HEAD', 'refs/tags/heavy', 'refs/tags/light'])
    expect(parseAdvertisement(advertised)).toEqual({ objectFormat: 'sha1' })
    const refs = Object.fromEntries(parseRefs(answer) ?? [])
    expect(refs).toEqual({
      HEAD: second,
      'refs/tags/heavy': await repository.resolve('heavy'),
      'refs/tags/heavy^{}': first,
      'refs/tags/light': first,
    })
    // any damage of a real answer is no answer or another list, never a fault
    for (let at = 0; at < answer.length; at++) {
      const damaged = answer.slice()
      damaged[at] = (damaged[at] ?? 0) ^ 0x55
      const read = parseRefs(damaged)
      expect(read === null || read.size > 0).toBe(true)
      expect(parseRefs(answer.slice(0, at))).toBeNull()
    }
  },
)

test('a server of another version, or none of git, is told apart', () => {
  const capabilities = '000eversion 2\n000cls-refs\n0000'
  expect(parseAdvertisement(bytes(capabilities))).toEqual({ objectFormat: 'sha1' })
  const withFormat = '000eversion 2\n0013ls-refs=unborn\n0019object-format=sha256\n0000'
  expect(parseAdvertisement(bytes(withFormat))).toEqual({ objectFormat: 'sha256' })
  for (const text of [
    '',
    '<html>sign in</html>',
    '000eversion 1\n0000',
    '000eversion 2\n0000',
    '000eversion 2\n000cls-refs\n',
    `001e# service=git-upload-pack\n0000003f${hash} HEAD\0side-band\n0000`,
  ]) {
    expect(parseAdvertisement(bytes(text))).toBeNull()
  }
})

test('an answer that is no list of refs is none', () => {
  expect(parseRefs(bytes('0000'))).toEqual(new Map())
  for (const text of [
    '',
    '<html>',
    '0009ERR x0000',
    `0030${hash} HEAD0000`,
    `0032${hash} HEAD\n`,
  ]) {
    expect(parseRefs(bytes(text))).toBeNull()
  }
})
