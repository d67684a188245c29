import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { reasonOf } from '#kit/log.ts'
import { HookError } from './hook.ts'

/** Nobody's secret is as long; of somebody's other file no more is read. */
const maxBytes = 4096

/**
 * The first line of a file, without its end: the bytes as they are.
 * @throws HookError naming the option and the file when there is none
 */
export function readSecret(file: string, option: string): Buffer {
  const line = firstLine(headOf(file, option))
  if (line !== null && line.length > 0) return line
  const why = line === null ? `is longer than ${maxBytes} bytes` : 'is empty'
  throw new HookError(`Cannot use ${option} ${JSON.stringify(file)}: its first line ${why}`)
}

/** Not waiting: who opens a pipe that nobody writes to would hang. */
function headOf(file: string, option: string): Buffer {
  let descriptor: number | null = null
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!fstatSync(descriptor).isFile()) throw new Error('it is no file')
    const head = Buffer.alloc(maxBytes + 2)
    return head.subarray(0, readSync(descriptor, head))
  } catch (error) {
    throw new HookError(`Cannot read ${option} ${JSON.stringify(file)}: ${reasonOf(error)}`)
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}

/** Null when it has no end in sight. */
function firstLine(head: Buffer): Buffer | null {
  const feed = head.indexOf('\n')
  const end = feed < 0 ? head.length : feed
  const line = head.subarray(0, head[end - 1] === 0x0d ? end - 1 : end)
  return line.length > maxBytes ? null : line
}
