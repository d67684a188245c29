import { expect, setDefaultTimeout, test } from 'bun:test'
import { readdir, readlink, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { expectServes, startGitSync, syncOnce, untilPublished } from '#test/e2e/git-sync-run.ts'
import { runChild } from '#test/fixtures/child.ts'
import { kill, killWithDescendants } from '#test/fixtures/kill.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { seeded } from '#test/fixtures/seeded.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'

setDefaultTimeout(120_000)

const kills = 40

test(`killed at ${kills} moments of a storm of pushes, the link always names a whole commit`, async () => {
  const page = (commit: number): Record<string, string> =>
    Object.fromEntries(
      Array.from({ length: 40 }, (_, file) => [
        `part-${file % 5}/page-${file}.html`,
        `${commit}\n`,
      ]),
    )
  await using repository = await createRepository({ files: page(0) })
  await using folder = temporaryFolder('killed')
  const commits = [await repository.resolve()]
  for (let number = 1; number < 8; number++) commits.push(await repository.commit(page(number)))
  await repository.push()
  const root = folder.at('root')
  const link = `${root}/site`
  const random = seeded(20_261_123)
  const any = (): string => commits[Math.floor(random() * commits.length)] ?? ''
  expect(await syncOnce({ repo: repository.url, root })).toMatchObject({ code: 0 })

  // a ref is a file: moved at a speed that no push has
  const move = (commit: string) => writeFile(`${repository.path}/refs/heads/main`, `${commit}\n`)
  const storm = setInterval(() => void move(any()), 25)
  const served = new Set<string>()
  try {
    for (let round = 0; round < kills; round++) {
      const flags = ['--period=10ms', '--git-gc=auto', '--spare-grace=10ms']
      const sidecar = startGitSync({ repo: repository.url, root, flags })
      await Bun.sleep(40 + random() * 360)
      if (round % 2 === 0) kill(sidecar.pid)
      else killWithDescendants(sidecar.pid)
      await sidecar.exited
      const commit = basename(await readlink(link))
      served.add(commit)
      await expectServes(link, repository, commit)
    }
  } finally {
    clearInterval(storm)
  }
  // it was killed while it worked, not while it slept
  expect(served.size).toBeGreaterThan(3)

  const last = any()
  await using sidecar = startGitSync({ repo: repository.url, root })
  await move(last)
  await untilPublished(link, last)
  await sidecar.stop()
  expect(await syncOnce({ repo: repository.url, root })).toMatchObject({ code: 0, errors: [] })
  await expectServes(link, repository, last)
  expect(await readdir(`${root}/.worktrees`)).toEqual([last])
  const git = (...args: readonly string[]) => runChild(['git', '-C', link, ...args], repository)
  expect(await git('status', '--porcelain')).toBe('')
  await git('fsck', '--no-dangling')
  expect((await readdir(root)).sort()).toEqual(['.git', '.git-sync.lock', '.worktrees', 'site'])
})
