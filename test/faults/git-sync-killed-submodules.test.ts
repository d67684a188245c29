import { expect, setDefaultTimeout, test } from 'bun:test'
import { readdir, readlink, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { startGitSync, syncOnce } from '#test/e2e/git-sync-run.ts'
import {
  expectLikeClone,
  fromPaths,
  publishLinks,
  storesOf,
} from '#test/e2e/git-sync-submodules-run.ts'
import { kill, killWithDescendants } from '#test/fixtures/kill.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { seeded } from '#test/fixtures/seeded.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'

setDefaultTimeout(120_000)

const kills = 20

test(`killed at ${kills} moments of a storm of pushes, it serves whole submodules`, async () => {
  await using folder = temporaryFolder('killed-submodules')
  await using sub = await createRepository()
  await using site = await createRepository()
  const commits: string[] = []
  for (let number = 0; number < 6; number++) {
    const commit = await sub.publish({ 'index.html': `${number}\n` })
    const link = { url: sub.url, commit }
    // some appear, some go, all move
    const links = number % 2 === 0 ? { one: link } : { one: link, two: link, 'deep/three': link }
    commits.push(await publishLinks(site, links))
  }
  const root = folder.at('root')
  const random = seeded(20_261_124)
  const any = (): string => commits[Math.floor(random() * commits.length)] ?? ''
  const move = (commit: string) => writeFile(`${site.path}/refs/heads/main`, `${commit}\n`)
  expect(await syncOnce({ repo: site.url, root, flags: [fromPaths] })).toMatchObject({ code: 0 })
  const served = new Set<string>()
  const storm = setInterval(() => void move(any()), 60)
  try {
    for (let round = 0; round < kills; round++) {
      const flags = [fromPaths, '--period=10ms', '--git-gc=always']
      const sidecar = startGitSync({ repo: site.url, root, flags })
      await Bun.sleep(80 + random() * 500)
      if (round % 2 === 0) kill(sidecar.pid)
      else killWithDescendants(sidecar.pid)
      await sidecar.exited
      const commit = basename(await readlink(`${root}/site`))
      served.add(commit)
      const number = commits.indexOf(commit)
      for (const path of number % 2 === 0 ? ['one'] : ['one', 'two', 'deep/three']) {
        expect(await Bun.file(`${root}/site/${path}/index.html`).text()).toBe(`${number}\n`)
      }
    }
  } finally {
    clearInterval(storm)
  }
  // it was killed while it worked, not while it slept
  expect(served.size).toBeGreaterThan(2)
  await move(commits[5] ?? '')
  const { code, errors } = await syncOnce({ repo: site.url, root, flags: [fromPaths] })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  await expectLikeClone(`${root}/site`, site)
  const [store] = storesOf(root)
  expect(storesOf(root)).toHaveLength(1)
  expect(await readdir(`${root}/.git/modules/${store}/worktrees`)).toHaveLength(3)
})
