/** Where ssh is sent by git, in words for ssh. */
export interface SshPlace {
  /** `[USER@]HOST`. */
  readonly destination: string
  readonly port: string | null
}

/**
 * What git makes of an ssh URL or `host:path`. Null for all others, and for names that mean something
 * only git knows (escaped letters, hosts in brackets).
 */
export function sshPlaceOf(url: string): SshPlace | null {
  const [, destination, port] = asUrl.exec(url) ?? asPath.exec(url) ?? []
  return destination === undefined ? null : { destination, port: port ?? null }
}

const asUrl = /^(?:ssh|git\+ssh|ssh\+git):\/\/((?:\w[\w.+-]*@)?\w[\w.-]*)(?::(\d+))?\//
/** `name::anything` is another program's, `name://anything` another protocol's. */
const asPath = /^((?:\w[\w.+-]*@)?\w[\w.-]*):(?!:|\/\/)/
