import { reasonOf } from '#kit/log.ts'

/** True when somebody found no room for a file, be it git or we. */
export function tellsOfFullVolume(error: unknown): boolean {
  return /no space left|quota exceeded/i.test(reasonOf(error))
}
