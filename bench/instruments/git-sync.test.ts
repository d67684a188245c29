import { expect, test } from 'bun:test'
import { chmod } from 'node:fs/promises'
import { resolve } from 'node:path'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { startGitSync } from './git-sync.ts'
import { transports } from './transport.ts'

/** Our source as an executable that takes git-sync's flags. */
async function sourceIn(folder: string): Promise<string> {
  const path = `${folder}/git-sync`
  const main = resolve(import.meta.dir, '../../src/main.ts')
  await Bun.write(path, `#!/bin/sh\nexec ${process.execPath} ${main} git-sync "$@"\n`)
  await chmod(path, 0o755)
  return path
}

const { test: withServer } = needs('nginx', 'fcgiwrap', 'openssl')

for (const [name, tester] of [
  ['file', test],
  ['http', withServer],
] as const) {
  tester(`polls over ${name} are counted`, async () => {
    await using folder = temporaryFolder('source')
    await using repository = await createRepository()
    await using way = await transports[name].open(repository)
    const flags = [...way.flags, '--period=10ms']
    await using daemon = startGitSync(await sourceIn(folder.path), { ...way, flags })
    const before = await daemon.untilPolled(1).then(daemon.polls)
    expect(await daemon.untilPolled(3)).toBeGreaterThanOrEqual(3)
    expect(await daemon.polls()).toBeGreaterThanOrEqual(before + 3)
  })
}
