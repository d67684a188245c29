import { lstat, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasNewestGit, newestGit, newestGitFolder } from '#test/fixtures/newest-git.ts'
import { outputOf, type ProgramOutput } from '../program-output.ts'
import { root, stepEnvironment } from '../step.ts'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * Unpacks git from the packages of Debian's unstable release with all libraries that it needs, once:
 * nothing of the machine's own is replaced. Needs root, mmdebstrap and patchelf.
 *
 * @throws What the program that failed said.
 */
export async function setUpNewestGit(say: (line: string) => void): Promise<void> {
  if (hasNewestGit()) return
  say('  unpacking the newest git of Debian')
  const beside = await mkdtemp(`${newestGitFolder}-`)
  try {
    await unpack(join(beside, 'tree'))
    await useOwnLibraries(join(beside, 'tree'))
    await writeFile(join(beside, 'git'), wrapper, { mode: 0o755 })
    await run('chmod', '755', beside)
    await rename(beside, newestGitFolder)
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw error
  }
}

/** A mirror may lag behind: the age of its lists says nothing about what we test. */
async function unpack(tree: string): Promise<void> {
  const mirror = await mirrorOf()
  await run(
    ...['mmdebstrap', '--mode=root', '--variant=extract', '--include=git', '--skip=output/dev'],
    ...['--aptopt=Acquire::Check-Valid-Until "false"', '--aptopt=Acquire::Languages "none"'],
    ...['sid', tree, `deb [signed-by=${keyring}] ${mirror} sid main`],
  )
  await run(
    'rm',
    '-r',
    ...['doc', 'man', 'locale', 'perl'].map((name) => `${tree}/usr/share/${name}`),
  )
}

/** The mirror of Debian that this machine gets most of its packages from. */
async function mirrorOf(): Promise<string> {
  const format = '$(SITE)'
  const { stdout } = await run(
    'apt-get',
    'indextargets',
    '--format',
    format,
    'Created-By: Packages',
  )
  const site = stdout.split('\n').find((line) => /\/debian\/?$/.test(line))
  if (site === undefined)
    throw new Error(`Cannot set up ${newestGit}: no mirror of Debian is known`)
  return site
}

/** The programs run against the C library they were built with: the machine's own is older. */
async function useOwnLibraries(tree: string): Promise<void> {
  const [lib] = (await readdir(`${tree}/usr/lib`)).filter((name) => name.endsWith('-linux-gnu'))
  const libraries = `${newestGitFolder}/tree/usr/lib/${lib}`
  const [loader] = (await readdir(`${tree}/usr/lib/${lib}`)).filter((name) =>
    /^ld-linux/.test(name),
  )
  const folder = `${tree}/usr/lib/git-core`
  const programs = (await readdir(folder)).map((name) => join(folder, name))
  for (const program of [`${tree}/usr/bin/git`, ...programs]) {
    if (!(await isProgram(program))) continue
    await run(
      ...['patchelf', '--set-interpreter', `${libraries}/${loader}`],
      ...['--force-rpath', '--set-rpath', libraries, program],
    )
  }
}

async function isProgram(path: string): Promise<boolean> {
  if (!(await lstat(path)).isFile()) return false
  await using file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
  return buffer.toString('latin1') === '\x7fELF'
}

const wrapper = `#!/bin/sh
export GIT_EXEC_PATH=${newestGitFolder}/tree/usr/lib/git-core
export GIT_TEMPLATE_DIR=${newestGitFolder}/tree/usr/share/git-core/templates
exec ${newestGitFolder}/tree/usr/bin/git "$@"
`

async function run(...command: readonly string[]): Promise<ProgramOutput> {
  const output = await outputOf(command, { cwd: root, env: stepEnvironment() })
  if (output.code === 0) return output
  const said = output.stderr.trim().split('\n').slice(-3).join(' | ')
  throw new Error(`Cannot set up ${newestGit}: ${command[0]} ended with ${output.code}: ${said}`)
}
