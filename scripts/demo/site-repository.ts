import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { outputOf } from '../program-output.ts'
import type { Environment } from './environment.ts'
import { shellWord } from './shell.ts'

/** What the demo follows. */
export interface SiteRepository {
  /** For git-sync. */
  readonly url: string
  /** For a person: no password in it. */
  readonly shown: string
  /** A line for a person to paste into a shell, or words when the repository is not ours to change. */
  readonly howToChange: string
  /** Does what the line does and gives the commit; null when the repository is not ours. */
  readonly change: ((text: string) => Promise<string>) | null
  /** Has a URL told of each push, with the secret of that file; null when the repository is not ours. */
  readonly tellOfPushes: ((push: PushTarget) => Promise<void>) | null
}

export interface PushTarget {
  readonly url: string
  readonly secretFile: string
}

export interface MakeOptions {
  /** An empty folder to make it in. */
  readonly folder: string
  readonly env: Environment
}

/** A bare repository with the small site pushed to it, and a clone to change it. */
export async function makeSiteRepository({ folder, env }: MakeOptions): Promise<SiteRepository> {
  const bare = join(folder, 'site.git')
  const work = join(folder, 'work')
  const git = (...args: readonly string[]): Promise<string> => runGit(args, { folder, env })
  const inWork = (...args: readonly string[]): Promise<string> => git('-C', work, ...args)

  await git('init', '--quiet', '--bare', bare)
  // the name of the first branch is the person's setting otherwise, and older gits know no option
  await git('--git-dir', bare, 'symbolic-ref', 'HEAD', 'refs/heads/main')
  await git('init', '--quiet', work)
  await inWork('symbolic-ref', 'HEAD', 'refs/heads/main')
  await inWork('remote', 'add', 'origin', bare)
  // in the clone's own settings, so that the printed command works for a person without any
  const settings = {
    'user.name': 'Demo',
    'user.email': 'demo@localhost',
    'commit.gpgSign': 'false',
    'core.hooksPath': '/dev/null',
    'core.autocrlf': 'false',
    'push.default': 'current',
    'gc.auto': '0',
  }
  for (const [name, value] of Object.entries(settings)) await inWork('config', name, value)
  await copySite(work)
  await inWork('add', '--all')
  await inWork('commit', '--quiet', '--message', 'A small site')
  await inWork('push', '--quiet', '--set-upstream', 'origin', 'main')

  const page = join(work, 'index.html')
  const at = shellWord(work)
  return {
    url: bare,
    shown: bare,
    howToChange:
      `echo "<p>Hello at $(date +%T)" >> ${shellWord(page)}` +
      ` && git -C ${at} commit -qam Hello && git -C ${at} push -q`,
    async change(text) {
      await writeFile(page, `<p>${text}\n`, { flag: 'a' })
      await inWork('commit', '--quiet', '--all', '--message', text)
      await inWork('push', '--quiet')
      return inWork('rev-parse', 'HEAD')
    },
    async tellOfPushes({ url, secretFile }) {
      const teller = join(import.meta.dir, 'tell-of-push.ts')
      const words = [process.execPath, teller, url, secretFile].map(shellWord).join(' ')
      await mkdir(join(bare, 'hooks'), { recursive: true })
      await writeFile(join(bare, 'hooks', 'post-receive'), `#!/bin/sh\nexec ${words}\n`, {
        mode: 0o755,
      })
    },
  }
}

/** A repository that somebody has. */
export function theirRepository(url: string): SiteRepository {
  const shown = url.replace(/^(\w+:\/\/)[^/@]*@/, '$1')
  return { url, shown, howToChange: 'push a commit to it', change: null, tellOfPushes: null }
}

/** HTML lets the closing tags at the end away; without them a change is one appended line. */
async function copySite(work: string): Promise<void> {
  await cp(join(import.meta.dir, 'site'), work, { recursive: true })
  const page = join(work, 'index.html')
  const text = await readFile(page, 'utf8')
  await writeFile(page, text.replace(/<\/body>\s*<\/html>\s*$/, ''))
}

async function runGit(args: readonly string[], { folder, env }: MakeOptions): Promise<string> {
  const { code, stdout, stderr } = await outputOf(['git', ...args], {
    cwd: folder,
    env: { ...env, GIT_TERMINAL_PROMPT: '0' },
  })
  if (code === 0) return stdout.trim()
  throw new Error(`Cannot make the repository: git ${args.join(' ')}: ${stderr.trim()}`)
}
