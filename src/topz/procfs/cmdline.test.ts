import { expect, test } from 'bun:test'
import { maxCmdlineBytes, parseCmdline } from './cmdline.ts'

const parsed = (text: string) => parseCmdline(Buffer.from(text))

test('each argument ends with a NUL, empty ones count', () => {
  expect(parsed('sh\0-c\0\0echo a b\0').args).toEqual(['sh', '-c', '', 'echo a b'])
})

test('a program that wrote over its arguments leaves one and much padding', () => {
  expect(parsed('nginx: worker process\0\0\0\0\0').args).toEqual(['nginx: worker process'])
  expect(parsed('no NUL at the end').args).toEqual(['no NUL at the end'])
})

test('kernel threads and zombies have none', () => {
  expect(parsed('').args).toEqual([])
})

test('what is not UTF-8 becomes the replacement character', () => {
  expect(parseCmdline(Buffer.from([0x61, 0xff, 0x62, 0])).args).toEqual(['a\ufffdb'])
})

test('more than is read is told', () => {
  expect(parsed('x'.repeat(maxCmdlineBytes)).cut).toBe(true)
  expect(parsed('x\0').cut).toBe(false)
})
