import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { startGitHttp } from '#test/fixtures/git-http.ts'
import { startGitSsh } from '#test/fixtures/git-ssh.ts'
import { mountedFiles } from '#test/fixtures/mounted-files.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, pathsBelow, startGitSync, untilPublished } from './git-sync-run.ts'

setDefaultTimeout(30_000)

const repository = await createRepository({ files: { 'a/one': '1\n', 'b/two': '2\n' } })
const commit = await repository.resolve()
const folder = temporaryFolder('mounted')
afterAll(() => Promise.all([repository.remove(), folder.remove()]))

test('a sparse-checkout file of a ConfigMap is followed when that is changed', async () => {
  const config = await mountedFiles(folder.at('config'), { patterns: '/a/\n' })
  const root = folder.at('sparse')
  const flags = [`--sparse-checkout-file=${config.at('patterns')}`]
  await using sidecar = startGitSync({ repo: repository.url, root, flags })
  await untilPublished(`${root}/site`, commit)
  expect(pathsBelow(`${root}/site`)).toEqual(['a/one'])
  await config.swap({ patterns: '/b/\n' })
  await until(() => String(pathsBelow(`${root}/site`)) === 'b/two' || null)
  expect(errorsOf(sidecar)).toEqual([])
})

needs('nginx', 'fcgiwrap', 'openssl').test(
  'passwords of a Secret that is changed are used from the next sync on',
  async () => {
    await using own = await createRepository()
    await using server = await startGitHttp(own, { user: 'ann', password: 'first' })
    const login = { url: server.url, username: 'ann', 'password-file': '' }
    for (const way of ['--password-file', '--credential']) {
      const secret = await mountedFiles(folder.at(`secret${way}`), { word: 'first' }, 0o400)
      const json = JSON.stringify({ ...login, 'password-file': secret.at('word') })
      const flags =
        way === '--credential'
          ? [`--credential=${json}`]
          : ['--username=ann', `--password-file=${secret.at('word')}`]
      const root = folder.at(`root${way}`)
      await server.setLogin({ user: 'ann', password: 'first' })
      await using sidecar = startGitSync({ repo: server.url, root, flags })
      await untilPublished(`${root}/site`, await own.resolve())
      await server.setLogin({ user: 'ann', password: 'second' })
      await sidecar.line('Authentication failed')
      await secret.swap({ word: 'second' })
      await untilPublished(`${root}/site`, await own.publish({ a: `${way}\n` }))
    }
  },
)

needs('sshd').test('an ssh key and known hosts of a Secret that is changed are used', async () => {
  await using server = await startGitSsh(repository)
  const [key, stranger, hosts] = await Promise.all(
    [server.keyFile, server.strangerKeyFile, server.knownHostsFile].map((file) =>
      readFile(file, 'utf8'),
    ),
  )
  const files = { ssh: stranger ?? '', known_hosts: '' }
  const secret = await mountedFiles(folder.at('ssh'), files, 0o400)
  const root = folder.at('ssh-root')
  const flags = [
    ...[`--ssh-key-file=${secret.at('ssh')}`, '--max-failures=-1'],
    `--ssh-known-hosts-file=${secret.at('known_hosts')}`,
  ]
  await using sidecar = startGitSync({ repo: server.url, root, flags })
  await sidecar.line('add the host to --ssh-known-hosts-file')
  await secret.swap({ ...files, known_hosts: hosts ?? '' })
  await sidecar.line('check --ssh-key-file')
  await secret.swap({ ssh: key ?? '', known_hosts: hosts ?? '' })
  await untilPublished(`${root}/site`, commit)
})
