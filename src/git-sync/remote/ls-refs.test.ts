import { expect, test } from 'bun:test'
import { parseAdvertisement, parseRefs } from './ls-refs.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const hash = 'a'.repeat(40)

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
