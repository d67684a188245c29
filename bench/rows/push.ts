import { delivery } from '#test/e2e/push-run.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { startWebServer } from '#test/fixtures/web.ts'
import { startGitSync } from '../instruments/git-sync.ts'
import { openSite, type Site, type TransportName, transports } from '../instruments/transport.ts'
import { median } from '../run.ts'
import type { Figures, Row, Sizes, Subject } from '../subject.ts'

type Key = 'median' | 'slowest' | 'fsync' | 'gate'

/** Between two pushes; what follows a publication is done by then, but for what waits for its grace. */
const restMs = 300
const patienceMs = 10_000

export const pushByFile = (sizes: Sizes): Subject<Key> => push('file', sizes, 60)
export const pushByHttp = (sizes: Sizes): Subject<Key> => push('http', sizes, 90)

function push(name: TransportName, { pushes }: Sizes, mostMs: number): Subject<Key> {
  return {
    name: `push-${name}`,
    how: `${pushes} pushes to a repository of one small file. From the moment in which the signed delivery of the git host is sent to git-sync (\`--period=1h\`), to the first answer of nginx with the new content, which a client asks for each millisecond; then the same with \`--fsync\`, and with \`--gate-command=true\`, the shortest of gates.`,
    needs: [...transports[name].needs, 'nginx'],
    rows: rowsOf(`push, ${name}${name === 'http' ? ' with a login' : ''}`, mostMs),
    async open({ gitSync: { ours } }) {
      const site = await openSite(name)
      return {
        measure: { ours: () => figuresOf(ours, site, pushes), beside: null, peer: null },
        [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
      }
    },
  }
}

function rowsOf(what: string, mostMs: number): Readonly<Record<Key, Row>> {
  const row = (which: string): Row => ({
    what: `${what}: delivery to served, ${which}`,
    unit: 'ms',
    peer: false,
  })
  return {
    median: { ...row('median'), budget: [{ atMost: mostMs }] },
    slowest: row('slowest'),
    fsync: row('median with --fsync'),
    gate: row('median with a gate'),
  }
}

async function figuresOf(executable: string, site: Site, pushes: number): Promise<Figures<Key>> {
  const times = await timesOf(executable, site, { pushes })
  const fsync = await timesOf(executable, site, { pushes, flags: ['--fsync'] })
  const gate = await timesOf(executable, site, { pushes, flags: ['--gate-command=true'] })
  return {
    median: median(times),
    slowest: Math.max(...times),
    fsync: median(fsync),
    gate: median(gate),
  }
}

interface TimesOptions {
  readonly pushes: number
  /** On top of those of a push. */
  readonly flags?: readonly string[]
}

async function timesOf(
  executable: string,
  { repository, way }: Site,
  { pushes, flags = [] }: TimesOptions,
): Promise<readonly number[]> {
  await using folder = temporaryFolder('push')
  const { secret } = await writtenSecret(folder.at('secret'))
  const pushBind = `127.0.0.1:${freePort()}`
  const own = [`--push-secret-file=${folder.at('secret')}`, `--push-bind=${pushBind}`]
  await using daemon = startGitSync(executable, {
    ...way,
    flags: [...way.flags, '--period=1h', '--push-repo=ada/site', ...own, ...flags],
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
