import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Child, startChild } from '#test/fixtures/child.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startGitSync } from './git-sync-run.ts'
import { scriptsIn } from './hook-scripts.ts'

setDefaultTimeout(30_000)

const folder = temporaryFolder('webhook-receiver')
afterAll(() => folder.remove())
const { path } = scriptsIn(folder)
const page = resolve(import.meta.dir, '../../docs/webhooks.md')

/** The program of the page, as somebody would copy it. */
async function startReceiver(port: number, secret: string): Promise<Child> {
  const program = /^```js\n(.*?)^```$/ms.exec(await readFile(page, 'utf8'))?.[1] ?? ''
  const file = `${path('receiver')}.mjs`
  await writeFile(file, program)
  return startChild([process.execPath, file], { env: { PORT: String(port), SECRET: secret } })
}

test('the receiver that docs/webhooks.md shows takes what is signed, and nothing else', async () => {
  await using repository = await createRepository()
  const [port, secretFile] = [freePort(), path('secret')]
  await using receiver = await startReceiver(port, 'right')
  await writeFile(secretFile, 'wrong\n')
  const flags = [
    ...[`--webhook-url=http://127.0.0.1:${port}/`, '--webhook-body=json'],
    ...[`--webhook-secret-file=${secretFile}`, '--webhook-backoff=1s'],
  ]
  await using sidecar = startGitSync({ repo: repository.url, root: path('root'), flags })
  await sidecar.line('The webhook answered 401')
  expect(receiver.stdout).toEqual([])
  await writeFile(secretFile, 'right\n')
  const first = await repository.resolve()
  await sidecar.line('ran the webhook')
  const second = await repository.publish({ a: '2\n' })
  await until(() => receiver.stdout.length === 2 || null)
  expect(receiver.stdout).toEqual([`nothing became ${first}`, `${first} became ${second}`])
})
