import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { statSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { startChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { expectServes, syncOnce } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({
  files: { 'index.html': 'one\n', 'a/b.css': 'b {}\n', run: { executable: '#!/bin/sh\n' } },
})
const repo = repository.url
const commit = await repository.resolve()
const folder = temporaryFolder('rights')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

let roots = 0

test('--group-write lets the group write all but the .git file of a tree, and nobody else', async () => {
  for (const [flags, write] of [
    [[], 0],
    [['--group-write=false'], 0],
    [['--group-write'], 0o020],
  ] as const) {
    const root = folder.at(`deep-${roots++}/root`)
    const more = ['--link=www/site', '--touch-file=signs/touched']
    expect(await syncOnce({ repo, root, flags: [...flags, ...more] })).toMatchObject({ code: 0 })
    const tree = `.worktrees/${commit}`
    const modes: Record<string, number> = {
      ...{ '.': 0o755, '.git': 0o755, '.worktrees': 0o755, [tree]: 0o755, [`${tree}/a`]: 0o755 },
      ...{ [`${tree}/run`]: 0o755, [`${tree}/index.html`]: 0o644, [`${tree}/a/b.css`]: 0o644 },
      ...{ www: 0o755, signs: 0o755, 'signs/touched': 0o644 },
    }
    for (const [path, mode] of Object.entries(modes)) {
      const wanted = (mode | write).toString(8)
      expect([path, (statSync(`${root}/${path}`).mode & 0o777).toString(8)]).toEqual([path, wanted])
    }
    expect((statSync(`${root}/${tree}/.git`).mode & 0o777).toString(8)).toBe('644')
  }
})

const asRoot = needs('root')

asRoot.test(
  'with --group-write another user of the group goes on where one has ended',
  async () => {
    await using own = await createRepository()
    for (const path of [folder.path, dirname(own.path)]) await chmod(path, 0o755)
    const volume = folder.at('volume')
    await mkdir(volume)
    await chown(volume, 0, 815)
    await chmod(volume, 0o2775)
    const root = `${volume}/root`
    const flags = ['--group-write', '--touch-file=touched', '--error-file=wrong']
    const touchedMs: number[] = []
    for (const uid of [4711, 4712, 4712, 4711]) {
      const executable = folder.at(`as-${uid}`)
      const user = `setpriv --reuid=${uid} --regid=${uid} --groups=815`
      await writeFile(executable, `#!/bin/sh\nexec ${user} ${usual.join(' ')} "$@"\n`, {
        mode: 0o755,
      })
      const commit = uid === 4712 ? await own.resolve() : await own.publish({ a: `${roots++}\n` })
      const once = await syncOnce({ repo: own.url, root, flags, executable })
      expect(once).toMatchObject({ code: 0, errors: [] })
      await expectServes(`${root}/site`, own, commit)
      touchedMs.push(statSync(`${root}/touched`).mtimeMs)
    }
    expect(new Set(touchedMs).size).toBe(touchedMs.length)
  },
)

/** A list of users of its own in place of the machine's, for one run as another user. */
async function runAs(
  uid: number,
  { passwd, flags }: { readonly passwd: string; readonly flags: readonly string[] },
): Promise<{ readonly code: number; readonly said: string }> {
  const words = ['git-sync', `--repo=${repo}`, '--link=site', '--one-time', ...flags]
  const script = [
    `mount --bind ${passwd} /etc/passwd`,
    'exec setpriv --reuid="$0" --regid=815 --clear-groups "$@"',
  ]
  const unshared = ['unshare', '--mount', 'sh', '-ec', script.join('\n'), String(uid)]
  const child = startChild([...unshared, ...usual, ...words], {
    env: { HOME: folder.path },
  })
  const code = await child.exited
  return { code, said: child.stderr.join('\n') }
}

asRoot.test(
  '--add-user adds a line for a uid that nobody knows, once, and says when it cannot',
  async () => {
    // another user must be able to read the way here
    for (const path of [folder.path, repository.path.replace(/\/[^/]+$/, '')])
      await chmod(path, 0o777)
    const passwd = folder.at('passwd')
    const known = 'root:x:0:0:root:/root:/bin/bash\n'
    const added = `${known}git-sync:x:4711:815::${folder.path}:/sbin/nologin\n`
    await writeFile(passwd, known)
    await chmod(passwd, 0o666)
    const root = folder.at('user-root')
    const flags = [`--root=${root}`]
    expect(await runAs(4711, { passwd, flags })).toMatchObject({ code: 0 })
    expect(await readFile(passwd, 'utf8')).toBe(known)
    for (const times of ['first', 'second']) {
      const { code, said } = await runAs(4711, { passwd, flags: [...flags, '--add-user'] })
      expect({ times, code, said }).toMatchObject({ times, code: 0 })
      expect(await readFile(passwd, 'utf8')).toBe(added)
    }
    await chmod(passwd, 0o644)
    const [errorFile, other] = [folder.at('user-error'), folder.at('other-root')]
    const refused = await runAs(4712, {
      passwd,
      flags: [`--root=${other}`, '--add-user', `--error-file=${errorFile}`],
    })
    expect(refused.code).toBe(1)
    expect(refused.said.match(/"error"/g)).toHaveLength(1)
    expect(refused.said).toContain('Cannot add a user for uid 4712 to /etc/passwd')
    expect(refused.said).toContain('--add-user')
    expect(await readFile(errorFile, 'utf8')).toContain('Cannot add a user for uid 4712')
    expect(await readFile(passwd, 'utf8')).toBe(added)
  },
)
