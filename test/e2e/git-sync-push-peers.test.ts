import { expect, setDefaultTimeout } from 'bun:test'
import { readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { deliveryNamed } from '#test/fixtures/deliveries.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createNetwork, type Network } from '#test/fixtures/network.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, startGitSync, untilPublished } from './git-sync-run.ts'
import { delivery, type Sent, secret } from './push-run.ts'

setDefaultTimeout(60_000)

const { test } = needs('root', 'ip')

const port = 8099

/** A daemon behind the name, on a machine of its own. */
interface Replica {
  readonly address: string
  readonly sidecar: Sidecar
  readonly link: string
}

interface Replicas extends AsyncDisposable {
  readonly repository: Repository
  readonly network: Network
  readonly all: readonly Replica[]
}

const addresses = ['10.77.0.1', '10.77.0.2', '10.77.0.3'] as const

/** @param others addresses that the name has beside those of the daemons */
async function startReplicas(others: readonly string[] = []): Promise<Replicas> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(temporaryFolder('replicas'))
  const repository = stack.use(await createRepository())
  const network = stack.use(await createNetwork())
  await Bun.write(folder.at('secret'), `${secret}\n`)
  network.setName('replicas', [...addresses, ...others])
  const all = addresses.map((address): Replica => {
    const root = folder.at(address)
    const flags = [
      ...['--period=1h', `--push-secret-file=${folder.at('secret')}`, `--http-bind=:${port}`],
      ...[`--push-peers=replicas:${port}`, '--http-metrics', '-v1'],
    ]
    const executable = network.machine(address)
    const sidecar = stack.use(startGitSync({ repo: repository.url, root, flags, executable }))
    return { address, sidecar, link: `${root}/site` }
  })
  const first = await repository.resolve()
  await Promise.all(all.map(({ link }) => untilPublished(link, first)))
  const owned = stack.move()
  return {
    ...{ repository, network, all },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Sends it to one of them from another machine; gives what was answered. */
function tell({ network }: Replicas, { address, sent }: Told): Promise<string> {
  return network.fetch(`http://${address}:${port}/push`, { method: 'POST', ...sent })
}

interface Told {
  readonly address: string
  readonly sent: Sent
}

async function countOf({ network }: Replicas, series: string): Promise<readonly number[]> {
  return Promise.all(
    addresses.map(async (address) => {
      const text = await network.fetch(`http://${address}:${port}/metrics`)
      const line = text.split('\n').find((one) => one.startsWith(`${series} `))
      return Number(line?.split(' ').at(-1) ?? 0)
    }),
  )
}

async function untilAllPublish({ all }: Replicas, commit: string): Promise<void> {
  await Promise.all(all.map(({ link }) => untilPublished(link, commit)))
}

const taken = 'git_sync_push_deliveries_total{host="github",verdict="synchronising"}'
const failed = 'git_sync_push_peers_total{status="error"}'

test('one delivery reaches all replicas behind one name', async () => {
  await using replicas = await startReplicas()
  const { repository, all } = replicas
  for (const [index, { address }] of all.entries()) {
    const commit = await repository.publish({ a: `${index}\n` })
    const sent = delivery('github push', { commit })
    expect(await tell(replicas, { address, sent })).toBe('synchronising\n')
    await untilAllPublish(replicas, commit)
    // each has it once: what was passed on is not passed on again, nor does one's own count
    expect(await countOf(replicas, taken)).toEqual([index + 1, index + 1, index + 1])
  }
  const passedOn = 'git_sync_push_peers_total{status="success"}'
  await until(async () => ((await countOf(replicas, passedOn)).join() === '3,3,3' ? true : null))
  expect(await countOf(replicas, failed)).toEqual([0, 0, 0])
  const own = 'git_sync_push_deliveries_total{host="github",verdict="own"}'
  expect(await countOf(replicas, own)).toEqual([1, 1, 1])
  for (const { sidecar } of all) expect(errorsOf(sidecar)).toEqual([])
})

test('a form and a token arrive as they were sent, and a body too large to keep is told of', async () => {
  await using replicas = await startReplicas()
  const { repository, all } = replicas
  const large = (commit: string): Sent => {
    const { body } = delivery('github push', { commit })
    const padded = body + ' '.repeat(2 << 20)
    return { body: padded, headers: deliveryNamed('github push').headers(secret, padded) }
  }
  for (const [index, make] of [
    (commit: string) => delivery('github push as a form', { commit }),
    (commit: string) => delivery('gitlab push', { commit }),
    (commit: string) => delivery('forgejo push as a form', { commit }),
    large,
  ].entries()) {
    const commit = await repository.publish({ a: `form ${index}\n` })
    const address = all[index % all.length]?.address ?? ''
    expect(await tell(replicas, { address, sent: make(commit) })).toBe('synchronising\n')
    await untilAllPublish(replicas, commit)
  }
  expect(await countOf(replicas, failed)).toEqual([0, 0, 0])
})

test('what is not proven is not passed on, and nobody passes on what was passed on', async () => {
  await using replicas = await startReplicas()
  const address = addresses[0]
  const wrong = delivery('github push', {}, { secret: 'another' })
  expect(await tell(replicas, { address, sent: wrong })).toBe('not proven\n')
  const hop = delivery('github push')
  const hopped = { ...hop, headers: { ...hop.headers, 'sidecars-hop': 'somebody' } }
  expect(await tell(replicas, { address, sent: hopped })).toBe('synchronising\n')
  await Bun.sleep(300)
  expect(await countOf(replicas, taken)).toEqual([1, 0, 0])
  const unproven = { ...wrong, headers: { ...wrong.headers, 'sidecars-hop': 'somebody' } }
  expect(await tell(replicas, { address, sent: unproven })).toBe('not proven\n')
})

test('a replica that is down and one that accepts and never answers delay nobody', async () => {
  const [down, silent] = ['10.77.0.98', '10.77.0.254']
  await using replicas = await startReplicas([down, silent])
  const { network, repository, all } = replicas
  const listen = `Bun.listen({ hostname: '${silent}', port: ${port}, socket: { data() {} } })`
  const script = `${listen}; console.log('listening')`
  await using listener = network.start(process.execPath, '--eval', script)
  await listener.line('listening')
  const [first] = all
  const toldOf = (peer: string): number =>
    first?.sidecar.log().filter((line) => line.peer === `${peer}:${port}`).length ?? 0
  for (const a of ['2', '3', '4']) {
    const commit = await repository.publish({ a: `${a}\n` })
    const sent = delivery('github push', { commit })
    expect(await tell(replicas, { address: addresses[0], sent })).toBe('synchronising\n')
    await untilAllPublish(replicas, commit)
    // each try to reach that one takes five seconds
    expect(toldOf(silent)).toBeLessThanOrEqual(a === '2' ? 0 : 1)
  }
  await until(() => (toldOf(silent) > 0 && toldOf(down) > 0) || null, { timeoutMs: 20_000 })
  const line = await first?.sidecar.line(`"peer":"${down}:${port}"`)
  expect(line).toContain('cannot pass a push on to a peer')
})

test('the addresses are those of that moment, and a name that is none is one line', async () => {
  await using replicas = await startReplicas()
  const { network, repository, all } = replicas
  const [one, two, three] = all
  if (!(one && two && three)) throw new Error('there are three')
  const push = async (a: string): Promise<string> => {
    const commit = await repository.publish({ a: `${a}\n` })
    await tell(replicas, { address: one.address, sent: delivery('github push', { commit }) })
    return commit
  }
  const first = await repository.resolve()
  network.setName('replicas', [one.address, two.address])
  const second = await push('2')
  await Promise.all([one, two].map(({ link }) => untilPublished(link, second)))
  expect(basename(readlinkSync(three.link))).toBe(first)
  network.setName('replicas', [])
  const last = await push('3')
  await untilPublished(one.link, last)
  expect(await one.sidecar.line('cannot find the peers')).toContain(`replicas:${port}`)
  network.setName('replicas', addresses)
  await untilAllPublish(replicas, await push('4'))
})
