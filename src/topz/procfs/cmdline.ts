/** More than this of a command line is neither read nor shown. */
export const maxCmdlineBytes = 4096

/** Arguments of a program; `cut` when there were more than `maxCmdlineBytes` of them. */
export interface Cmdline {
  readonly args: readonly string[]
  readonly cut: boolean
}

/**
 * `/proc/PID/cmdline`: arguments with a NUL after each; nothing for kernel threads and zombies. A
 * program may write over them, so the last NUL can be missing and many can follow (nginx).
 */
export function parseCmdline(bytes: Buffer): Cmdline {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  if (end === 0) return { args: [], cut: false }
  const args = bytes.toString('utf8', 0, end).split('\0')
  return { args, cut: end === bytes.length && bytes.length >= maxCmdlineBytes }
}
