import { delivery } from '#test/e2e/push-run.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { startWebServer } from '#test/fixtures/web.ts'
import { startGitSync } from '../instruments/git-sync.ts'
import { type TransportName, transports, type Way } from '../instruments/transport.ts'
import { median } from '../run.ts'
import type { Sizes, Subject } from '../subject.ts'

type Key = 'median' | 'slowest'

/** Between two pushes; what follows a publication is done by then, but for what waits for its grace. */
const restMs = 300
const patienceMs = 10_000

export const pushByFile = (sizes: Sizes): Subject<Key> => push('file', sizes, 60)
export const pushByHttp = (sizes: Sizes): Subject<Key> => push('http', sizes, 90)

function push(name: TransportName, { pushes }: Sizes, mostMs: number): Subject<Key> {
  const what = `push, ${name}${name === 'http' ? ' with a login' : ''}`
  return {
    name: `push-${name}`,
    how: `${pushes} pushes to a repository of one small file. From the moment in which the signed delivery of the git host is sent to git-sync (\`--period=1h\`), to the first answer of nginx with the new content, which a client asks for each millisecond.`,
    needs: [...transports[name].needs, 'nginx'],
    rows: {
      median: {
        what: `${what}: delivery to served, median`,
        unit: 'ms',
        peer: false,
        budget: [{ atMost: mostMs }],
      },
      slowest: { what: `${what}: delivery to served, slowest`, unit: 'ms', peer: false },
    },
    async open({ gitSync: { ours } }) {
      await using stack = new AsyncDisposableStack()
      const repository = stack.use(await createRepository())
      const way = stack.use(await transports[name].open(repository))
      const owned = stack.move()
      return {
        measure: {
          async ours() {
            const times = await timesOf(ours, { repository, way, pushes })
            return { median: median(times), slowest: Math.max(...times) }
          },
          beside: null,
          peer: null,
        },
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      }
    },
  }
}

interface TimesOptions {
  readonly repository: Repository
  readonly way: Way
  readonly pushes: number
}

async function timesOf(
  executable: string,
  { repository, way, pushes }: TimesOptions,
): Promise<readonly number[]> {
  await using folder = temporaryFolder('push')
  const { secret } = await writtenSecret(folder.at('secret'))
  const pushBind = `127.0.0.1:${freePort()}`
  const own = [`--push-secret-file=${folder.at('secret')}`, `--push-bind=${pushBind}`]
  await using daemon = startGitSync(executable, {
    ...way,
    flags: [...way.flags, '--period=1h', '--push-repo=ada/site', ...own],
  })
  await using web = await startWebServer(daemon.link)
  const times: number[] = []
  for (let count = 0; count < pushes; count++) {
    const content = `${crypto.randomUUID()}\n`
    const commit = await repository.publish({ 'index.html': content })
    await Bun.sleep(restMs)
    const sent = delivery('github push', { commit }, { secret })
    const startMs = performance.now()
    const answered = fetch(`http://${pushBind}/push`, { method: 'POST', ...sent })
    await Promise.race([served(web.url, content), daemon.ended])
    times.push(performance.now() - startMs)
    const { status } = await answered
    if (status !== 202) throw new Error(`Cannot push: git-sync answered ${status}`)
  }
  return times
}

async function writtenSecret(path: string): Promise<{ readonly secret: string }> {
  const secret = crypto.randomUUID()
  await Bun.write(path, `${secret}\n`)
  return { secret }
}

/** Asks without taking a processor for itself. */
async function served(url: string, content: string): Promise<void> {
  const untilMs = performance.now() + patienceMs
  while (performance.now() < untilMs) {
    const response = await fetch(`${url}/index.html`)
    if ((await response.text()) === content) return
    await Bun.sleep(1)
  }
  throw new Error(`Cannot see a push at ${url}: it did not come in ${patienceMs / 1000} s`)
}
