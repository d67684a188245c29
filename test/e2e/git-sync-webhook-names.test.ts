import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository } from '#test/fixtures/repository.ts'
import { usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startGitSync, untilPublished } from './git-sync-run.ts'
import { scriptsIn } from './hook-scripts.ts'
import { startWebhookServer } from './webhook-server.ts'

setDefaultTimeout(60_000)

const folder = temporaryFolder('webhook-names')
afterAll(() => folder.remove())
const { path, script } = scriptsIn(folder)

/** Starts the sidecar where one name is that of this machine, and who is asked for others is away. */
async function withoutNameServer(name: string): Promise<string> {
  const [resolver, hosts] = [path('resolv.conf'), path('hosts')]
  // of the network for documents: nobody is there
  await writeFile(resolver, 'nameserver 192.0.2.1\n')
  // git asks for the machine's own name
  await writeFile(hosts, `127.0.0.1 localhost ${hostname()} ${name}\n`)
  const mount = `mount --bind ${resolver} /etc/resolv.conf; mount --bind ${hosts} /etc/hosts`
  const inside = `${mount}; exec ${usual.join(' ')} "$@"`
  return script(`exec unshare --mount --propagation private sh -c '${inside}' sh "$@"`)
}

needs('root').test(
  'names that nobody looks up hold up neither a publication nor who has one',
  async () => {
    await using repository = await createRepository()
    using server = startWebhookServer()
    const executable = await withoutNameServer('known.example.test')
    const root = path('root')
    const names = Array.from({ length: 20 }, (_, at) => `h${at}.example.test`)
    const urls = [...names, `known.example.test:${new URL(server.url).port}`]
    const flags = [...urls.map((name) => `--webhook-url=http://${name}/`), '--webhook-backoff=1s']
    await using sidecar = startGitSync({ repo: repository.url, root, flags, executable })
    const failures = () => sidecar.log().filter(({ msg }) => msg === 'webhook failed').length
    // the hooks are the clock: where names held the work on files up, each commit took some rounds
    let published = 0
    while (failures() < 100) {
      const commit = await repository.publish({ a: `${published++}\n` })
      await untilPublished(`${root}/site`, commit, 30_000)
      await until(() => server.asked.at(-1)?.hash === commit || null)
    }
    expect(published).toBeGreaterThan(8)
  },
)
