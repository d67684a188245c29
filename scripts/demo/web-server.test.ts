import { expect } from 'bun:test'
import { rename, symlink } from 'node:fs/promises'
import { cleanEnvironment } from '#test/fixtures/environment.ts'
import { needs } from '#test/fixtures/needs.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startWebServer } from './web-server.ts'

const { test } = needs('nginx')

test('nginx serves the link wherever it turns, and neither .git nor links out of the tree', async () => {
  await using folder = temporaryFolder('a "web" server')
  await Bun.write(folder.at('secret.txt'), 'secret')
  await Bun.write(folder.at('one/index.html'), 'first')
  await Bun.write(folder.at('one/.git'), 'gitdir: elsewhere')
  await symlink('../secret.txt', folder.at('one/out.txt'))
  await Bun.write(folder.at('two/style.css'), 'a{}')
  await symlink('one', folder.at('site'))
  const port = freePort()
  const server = await startWebServer({
    root: folder.at('site'),
    port,
    folder: folder.at('nginx files'),
    env: cleanEnvironment(),
    onLine: () => {},
  })
  const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`)
  try {
    expect(server.name).toBe('nginx')
    expect(await (await until(() => ask('/'))).text()).toBe('first')
    expect((await ask('/.git')).status).toBe(404)
    expect((await ask('/out.txt')).status).toBe(403)
    await symlink('two', folder.at('next'))
    await rename(folder.at('next'), folder.at('site'))
    const style = await ask('/style.css')
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8')
  } finally {
    await server.stop()
  }
})
