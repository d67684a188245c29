/** What an open file is. */
export type FileKind = 'file' | 'deleted' | 'device' | 'socket' | 'pipe' | 'anonymous'

/** From where a link of `/proc/PID/fd` leads: a path, `socket:[7]`, `pipe:[7]`, `anon_inode:[eventfd]`. */
export function fileKindOf(link: string): FileKind {
  if (link.startsWith('socket:')) return 'socket'
  if (link.startsWith('pipe:')) return 'pipe'
  if (link.startsWith('anon_inode:') || link.startsWith('/memfd:')) return 'anonymous'
  if (link.endsWith(' (deleted)')) return 'deleted'
  return link.startsWith('/dev/') ? 'device' : 'file'
}
