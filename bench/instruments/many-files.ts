import { createCipheriv } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cleanEnvironment } from '#test/fixtures/environment.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'

export interface ManyFiles extends AsyncDisposable {
  readonly repository: Repository
  /** Of each commit its hash: all files, then one commit for each number of changed ones. */
  readonly commits: readonly string[]
  /** Moves the branch to a commit as a push does; when this returns, everybody can see it. */
  show(commit: string): void
}

const fileBytes = 4096
const filesInFolder = 200

/** A repository of files of 4 KiB that compress by a quarter, as text that nothing is known of. */
export async function manyFiles(files: number, changed: readonly number[]): Promise<ManyFiles> {
  const repository = await createRepository()
  await fastImport(repository, [files, ...changed])
  const commits = await Promise.all(
    [files, ...changed].map((_, index) => repository.resolve(refOf(index))),
  )
  const branch = join(repository.path, 'refs/heads/main')
  const show = (commit: string): void => {
    writeFileSync(`${branch}.lock`, `${commit}\n`)
    renameSync(`${branch}.lock`, branch)
  }
  show(commits[0] ?? '')
  return { repository, commits, show, [Symbol.asyncDispose]: repository.remove }
}

/** Where the commits are before they are shown, so that making them costs nothing then. */
export function refOf(commit: number): string {
  return `refs/bench/${commit}`
}

async function fastImport({ path, env }: Repository, commits: readonly number[]): Promise<void> {
  const git = Bun.spawn(['git', '--git-dir', path, 'fast-import', '--quiet'], {
    env: cleanEnvironment(env),
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  for (const [index, files] of commits.entries()) {
    git.stdin.write(
      `commit ${refOf(index)}\n` +
        `committer Bench <bench@example.com> ${1_700_000_000 + index * 60} +0000\n` +
        'data 0\n' +
        (index === 0 ? '' : `from ${refOf(index - 1)}\n`),
    )
    for (let file = 0; file < files; file++) {
      git.stdin.write(`M 100644 inline ${pathOf(file)}\ndata ${fileBytes}\n`)
      git.stdin.write(`${content(index, file)}\n`)
      if (file % filesInFolder === 0) await git.stdin.flush()
    }
  }
  await git.stdin.end()
  const code = await git.exited
  if (code !== 0) throw new Error(`Cannot make ${path}: ${(await git.stderr.text()).trim()}`)
}

function pathOf(file: number): string {
  const folder = String(Math.floor(file / filesInFolder)).padStart(3, '0')
  return `pages/${folder}/${String(file).padStart(5, '0')}.txt`
}

const zeros = Buffer.alloc((fileBytes / 4) * 3)

/** Another one for each file of each commit, and the same in each run. */
function content(commit: number, file: number): string {
  const key = Buffer.alloc(16)
  key.writeUInt32LE(commit, 0)
  key.writeUInt32LE(file, 4)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(zeros).toString('base64')
}
