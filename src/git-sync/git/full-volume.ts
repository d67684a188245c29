import { reasonOf } from '#kit/log.ts'

/** True when somebody found no room for a file, be it git or we. Of the last bytes git says no more. */
export function tellsOfFullVolume(error: unknown): boolean {
  return /no space left|quota exceeded|unable to write file/i.test(reasonOf(error))
}
