import { expect } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { deliveryNamed } from '#test/fixtures/deliveries.ts'
import { type Delivery, type DeliveryFacts, someFacts } from '#test/fixtures/delivery.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import type { Sidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import { startGitSync, untilPublished } from './git-sync-run.ts'

export interface PushedOptions {
  /** One secret a line; those of the deliveries that are sent. */
  readonly secrets?: readonly string[]
  /** On top of a period in which nothing is published by itself; by the commit of HEAD, too. */
  readonly flags?: readonly string[] | ((commit: string) => readonly string[])
  readonly executable?: string
}

/** A git-sync that has published, and waits to be told of a push. */
export interface Pushed extends AsyncDisposable {
  readonly repository: Repository
  readonly sidecar: Sidecar
  readonly root: string
  readonly link: string
  readonly secretFile: string
  /** Where it answers, without a path. */
  readonly url: string
  /** Series of `/metrics` by their names with labels. */
  metrics(): Promise<Readonly<Record<string, number>>>
  /** Passes so far. */
  passes(): Promise<number>
}

export const secret = 'correct-horse'

export async function startPushed(options: PushedOptions = {}): Promise<Pushed> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(temporaryFolder('pushed'))
  const repository = stack.use(await createRepository({ files: { 'index.html': 'one\n' } }))
  const secretFile = folder.at('secret')
  writeFileSync(secretFile, `${(options.secrets ?? [secret]).join('\n')}\n`)
  const root = folder.at('root')
  const own = ['--period=1h', `--push-secret-file=${secretFile}`, '--http-bind=127.0.0.1:0']
  const commit = await repository.resolve()
  const { flags: more = [] } = options
  const asked = typeof more === 'function' ? more(commit) : more
  const flags = [...own, '--http-metrics', ...asked]
  const { executable } = options
  const sidecar = stack.use(
    startGitSync({ repo: repository.url, root, flags, ...(executable ? { executable } : {}) }),
  )
  const link = `${root}/site`
  await untilPublished(link, commit)
  const { address } = JSON.parse(await sidecar.line('serving HTTP'))
  const url = `http://${address}`
  const metrics = async (): Promise<Record<string, number>> => {
    const text = await (await fetch(`${url}/metrics`)).text()
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return Object.fromEntries(
      lines.map((line) => [line.replace(/ [^ ]*$/, ''), Number(line.split(' ').at(-1))]),
    )
  }
  const passes = async (): Promise<number> => {
    const all = Object.entries(await metrics())
    return all
      .filter(([name]) => name.startsWith('git_sync_count_total'))
      .reduce((sum, [, count]) => sum + count, 0)
  }
  // counted a moment after the flip
  await until(async () => (await passes()) || null, { what: 'the first pass' })
  const owned = stack.move()
  return {
    ...{ repository, sidecar, root, link, secretFile, url, metrics, passes },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

export interface Sent {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A delivery as a host sends it: by its name in the fixtures, of those facts. */
export function delivery(
  name: string,
  facts: Partial<DeliveryFacts> = {},
  change: Partial<Pick<Delivery, 'secret'>> & { readonly atMs?: number } = {},
): Sent {
  const { body, headers, secret } = { ...deliveryNamed(name), ...change }
  const text = body({ ...someFacts, ...facts })
  return { body: text, headers: headers(secret, text, change.atMs) }
}

export interface Answered {
  readonly status: number
  readonly text: string
}

export async function send(
  url: string,
  { body, headers }: Sent,
  path = '/push',
): Promise<Answered> {
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body })
  return { status: response.status, text: (await response.text()).trimEnd() }
}

/** Sends it, and gives what was answered. */
export function deliver(
  { url }: Pick<Pushed, 'url'>,
  ...what: Parameters<typeof delivery>
): Promise<Answered> {
  return send(url, delivery(...what))
}

export const synchronising: Answered = { status: 202, text: 'synchronising' }

/** A push to the host, which then tells of it. */
export async function pushAndTell(pushed: Pushed, name = 'github push'): Promise<string> {
  const before = await pushed.repository.resolve()
  const commit = await pushed.repository.publish({ 'index.html': `${crypto.randomUUID()}\n` })
  expect(await deliver(pushed, name, { commit, before })).toEqual(synchronising)
  return commit
}

/** Nothing was published, and no pass ran. */
export async function expectNothingDone(pushed: Pushed, passes: number): Promise<void> {
  await Bun.sleep(100)
  expect(await pushed.passes()).toBe(passes)
}
