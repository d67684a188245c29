import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import {
  expectServes,
  fingerprint,
  startGitSync,
  syncOnce,
  untilPublished,
} from '#test/e2e/git-sync-run.ts'
import { expectLikeClone, publishLinks } from '#test/e2e/git-sync-submodules-run.ts'
import { runChild } from '#test/fixtures/child.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('hostile')
afterAll(() => folder.remove())

const ran = folder.at('ran')
const evil = { executable: `#!/bin/sh\ntouch ${ran}\ncat\n` }

test('nothing that a repository brings is run by the sync', async () => {
  const config = `[core]\n\thooksPath = hooks\n\tfsmonitor = ./evil\n[filter "evil"]\n\tsmudge = ./evil\n`
  const hooks = ['post-checkout', 'post-index-change', 'reference-transaction', 'post-merge']
  await using repository = await createRepository({
    files: {
      '.gitattributes': '* filter=evil diff=evil merge=evil\n*.txt text eol=crlf ident\n',
      '.gitconfig': config,
      config: config,
      evil: evil,
      ...Object.fromEntries(hooks.map((name) => [`hooks/${name}`, evil])),
      '.env': `PATH=/nowhere\nGIT_SSH_COMMAND=touch ${ran}\n`,
      'bunfig.toml': `preload = ["./preload.ts"]\n`,
      'preload.ts': `await Bun.write(${JSON.stringify(ran)}, '')\n`,
    },
  })
  const root = folder.at('run')
  const link = `${root}/site`
  await using _sidecar = startGitSync({ repo: repository.url, root, env: { HOME: link } })
  await untilPublished(link, await repository.resolve())
  const next = await repository.publish({ 'evil.txt': 'x\n' })
  await untilPublished(link, next)
  // attributes that need no program hold
  expect(await readFile(`${link}/evil.txt`, 'utf8')).toBe('x\r\n')
  expect(existsSync(ran)).toBe(false)
})

test('file names of every kind are served as they are', async () => {
  const names = [
    '-rf',
    '--',
    "a'b",
    'a"b',
    'new\nline',
    'tab\there',
    ' ',
    '*',
    '\\',
    'ü',
    '%00',
    '.gitignore',
    'deep/-x/$HOME',
  ]
  await using repository = await createRepository({
    files: Object.fromEntries(names.map((name, index) => [name, `${index}\n`])),
  })
  const root = folder.at('names')
  expect(await syncOnce({ repo: repository.url, root })).toMatchObject({ code: 0, errors: [] })
  await expectServes(`${root}/site`, repository, await repository.resolve())
})

test('links out of the tree are links, and nothing is written through them', async () => {
  const outside = folder.at('outside')
  await mkdir(outside)
  await writeFile(`${outside}/kept`, 'kept\n')
  await using repository = await createRepository({
    files: { out: { link: outside }, up: { link: '../../../..' }, loop: { link: 'loop' } },
  })
  const root = folder.at('links')
  const link = `${root}/site`
  await using _sidecar = startGitSync({ repo: repository.url, root })
  await untilPublished(link, await repository.resolve())
  // the link becomes a folder of the same name, and back
  for (const changes of [{ out: null }, { 'out/kept': 'mine\n' }, { out: { link: outside } }]) {
    const next = await repository.publish(changes)
    await untilPublished(link, next)
    await expectServes(link, repository, next)
  }
  expect(await readdir(outside)).toEqual(['kept'])
  expect(await readFile(`${outside}/kept`, 'utf8')).toBe('kept\n')
})

for (const name of ['.git', '.GIT', '..']) {
  test(`a tree with the name ${name} in it is refused, and what is served stays`, async () => {
    await using repository = await createRepository({ files: { a: '1\n' } })
    const good = await repository.resolve()
    const root = folder.at(`name-${name}`)
    const link = `${root}/site`
    await syncOnce({ repo: repository.url, root })
    const before = fingerprint(link)
    const hostile = await commitOf(repository.path, name)
    const move = ['update-ref', 'refs/heads/main']
    await repository.git('--git-dir', repository.path, ...move, hostile)
    await using sidecar = startGitSync({ repo: repository.url, root })
    await sidecar.line('"failures":3')
    expect(fingerprint(link)).toEqual(before)
    await expectServes(link, repository, good)
    expect((await runChild(['git', '-C', link, 'status', '--porcelain'], repository)).trim()).toBe(
      '',
    )
    // and a second tree at most, while no pass builds one that it will drop
    const others = async () => (await readdir(`${root}/.worktrees`)).filter((tree) => tree !== good)
    await until(async () => (await others()).length < 2 || null, { everyMs: 1 })
    expect(existsSync(`${root}/.quarantine`)).toBe(false)
    await repository.git('--git-dir', repository.path, ...move, good)
    const next = await repository.publish({ a: '2\n' })
    await untilPublished(link, next)
  })
}

test('a submodule that would run a program is refused, and what is served stays', async () => {
  await using repository = await createRepository({ files: { a: '1\n' } })
  const root = folder.at('submodules')
  await syncOnce({ repo: repository.url, root })
  const before = fingerprint(`${root}/site`)
  const commit = await repository.resolve()
  await publishLinks(repository, { x: { url: `ext::touch ${ran}`, commit } })
  const refused = await syncOnce({ repo: repository.url, root })
  expect(refused.errors).toEqual([expect.stringContaining("transport 'ext' not allowed")])
  expect(fingerprint(`${root}/site`)).toEqual(before)
  expect(existsSync(ran)).toBe(false)
  expect(existsSync(`${root}/.quarantine`)).toBe(false)
  const flags = ['--submodules=off']
  expect(await syncOnce({ repo: repository.url, root, flags })).toMatchObject({ code: 0 })
  await expectLikeClone(`${root}/site`, repository, [])
})

/** A commit, made by hand, of a tree that no git would make: a folder of that name. */
async function commitOf(bare: string, name: string): Promise<string> {
  const make = async (type: string, content: Buffer): Promise<string> => {
    const file = folder.at('object')
    await writeFile(file, content)
    const args = ['hash-object', '-w', '--literally', '-t', type, file]
    return (await runChild(['git', '--git-dir', bare, ...args])).trim()
  }
  const entry = (mode: string, path: string, hash: string): Buffer =>
    Buffer.concat([Buffer.from(`${mode} ${path}\0`), Buffer.from(hash, 'hex')])
  const blob = await make('blob', Buffer.from(`[core]\n\tfsmonitor = touch ${ran}\n`))
  const inner = await make('tree', entry('100644', 'config', blob))
  const tree = await make('tree', entry('40000', name, inner))
  const who = 'x <x@example.com> 1700000000 +0000'
  return make('commit', Buffer.from(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nhostile\n`))
}
