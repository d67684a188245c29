import {
  appendFile,
  chmod,
  link,
  lstat,
  mkdir,
  readFile,
  rename,
  rm,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runChild } from '#test/fixtures/child.ts'
import { oneOf, type Random } from './spare-changes.ts'
import { wholeOf } from './spare-checkout.ts'

type Harm = (site: string, file: string) => Promise<void>

/** What hooks and consumers leave in a tree, or do to it. */
const harms: readonly [Harm, ...Harm[]] = [
  (site) => writeFile(join(site, 'untracked'), 'x'),
  async (site) => {
    await mkdir(join(site, 'cache/deep'), { recursive: true })
    await writeFile(join(site, 'cache/deep/x'), 'x', { mode: 0o400 })
  },
  async (site) => {
    await mkdir(join(site, 'nested'), { recursive: true })
    await runChild(['git', '-C', join(site, 'nested'), 'init', '--quiet'])
    await writeFile(join(site, 'nested/file'), 'x')
  },
  (_, file) => appendFile(file, 'more'),
  async (_, file) => {
    // As long and as old as before.
    const { size, atime, mtime } = await lstat(file)
    await writeFile(file, 'y'.repeat(size))
    await utimes(file, atime, mtime)
  },
  (_, file) => chmod(file, 0o600),
  (_, file) => chmod(file, 0o777),
  (_, file) => unlink(file),
  (site, file) => link(file, join(site, 'linked')).catch(() => {}),
  async (_, file) => {
    await unlink(file)
    await mkdir(join(file, 'folder'), { recursive: true })
  },
  async (_, file) => {
    const content = await readFile(file)
    await writeFile(`${file}.other`, content)
    await rename(`${file}.other`, file)
  },
  (site) => chmod(site, 0o700),
  (_, file) => chmod(dirname(file), 0o711),
  async (site, file) => {
    await writeFile(file, 'staged')
    await runChild(['git', '-C', site, '-c', 'safe.directory=*', 'add', '--all'])
  },
  async (site, file) => {
    await chmod(file, 0o640)
    await runChild(['git', '-C', site, '-c', 'safe.directory=*', 'status'])
  },
  (site) => writeFile(join(site, '.git/../.gitignore'), '*\n').catch(() => {}),
  async (site, file) => {
    // Of a submodule, when the file is in the topmost folder of one.
    if (dirname(file) !== site) await rm(join(dirname(file), '.git'))
  },
]

/** Does some of it to the tree that is served. */
export async function harm(site: string, random: Random): Promise<void> {
  const files = [...wholeOf(site)]
    .filter(([, content]) => content.startsWith('100'))
    .map(([path]) => join(site, path))
  const count = Math.floor(random() * 4)
  for (let number = 0; number < count; number++) {
    const file = oneOf(random, [files[0] ?? site, ...files])
    await oneOf(random, harms)(site, file).catch(() => {})
  }
}
