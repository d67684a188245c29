import { dlopen } from 'bun:ffi'
import { closeSync } from 'node:fs'

/** inotify(7); the two flags are those of open(2) on amd64 and arm64. */
const IN_MODIFY = 2
const IN_NONBLOCK = 0o4000
const IN_CLOEXEC = 0o2000000

/** Of an event: descriptor of the watch, mask, cookie, length of the name after it; 32 bits each. */
const headBytes = 16

interface Inotify {
  readonly inotify_init1: (flags: number) => number
  readonly inotify_add_watch: (instance: number, path: Buffer, mask: number) => number
  readonly inotify_rm_watch: (instance: number, watch: number) => number
}

let library: Inotify | null | undefined

/**
 * Tells when files change, files of the kernel too. `fs.watch` cannot do this: it looks for the
 * path among our own mounts, where a container's file is another one or none.
 */
export class FileChanges {
  readonly #acts = new Map<number, () => void>()
  #instance = -1
  #stop: () => void = () => {}

  /**
   * Calls `changed` after each change of the file from now on; several at once may be told once.
   *
   * @param path Followed to its end: `/proc/self/fd/N` is the file that is open there.
   * @returns What `unwatch` takes; null where the kernel has no watch to give.
   */
  watch(path: string, changed: () => void): number | null {
    library ??= load()
    if (library === null || !this.#open(library)) return null
    const watch = library.inotify_add_watch(this.#instance, Buffer.from(`${path}\0`), IN_MODIFY)
    if (watch < 0) return null
    this.#acts.set(watch, changed)
    return watch
  }

  unwatch(watch: number): void {
    if (this.#acts.delete(watch)) library?.inotify_rm_watch(this.#instance, watch)
  }

  close(): void {
    this.#acts.clear()
    if (this.#instance < 0) return
    this.#stop()
    closeSync(this.#instance)
    this.#instance = -1
  }

  #open(library: Inotify): boolean {
    if (this.#instance >= 0) return true
    this.#instance = library.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
    if (this.#instance < 0) return false
    const reader = Bun.file(this.#instance).stream().getReader()
    this.#stop = () => void reader.cancel()
    void this.#tell(() => reader.read())
    return true
  }

  async #tell(read: () => Promise<{ value?: Uint8Array | undefined }>): Promise<void> {
    try {
      for (;;) {
        const { value } = await read()
        if (value === undefined) return
        for (const watch of watchesIn(value)) this.#acts.get(watch)?.()
      }
    } catch {
      // closed, or not to be had on this kernel: nothing is told any more
    }
  }
}

/** Those that changed, each once: one read gives whole events. */
function watchesIn(bytes: Uint8Array): Set<number> {
  const watches = new Set<number>()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (
    let at = 0;
    at + headBytes <= bytes.length;
    at += headBytes + view.getUint32(at + 12, true)
  ) {
    if ((view.getUint32(at + 4, true) & IN_MODIFY) !== 0) watches.add(view.getInt32(at, true))
  }
  return watches
}

function load(): Inotify | null {
  try {
    return dlopen('libc.so.6', {
      inotify_init1: { args: ['i32'], returns: 'i32' },
      inotify_add_watch: { args: ['i32', 'buffer', 'u32'], returns: 'i32' },
      inotify_rm_watch: { args: ['i32', 'i32'], returns: 'i32' },
    }).symbols as unknown as Inotify
  } catch {
    return null
  }
}
