import { expect, setDefaultTimeout, test } from 'bun:test'
import { rename, rm, writeFile } from 'node:fs/promises'
import { deliveries } from '#test/fixtures/deliveries.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { until } from '#test/fixtures/until.ts'
import { errorsOf, expectServes, untilPublished } from './git-sync-run.ts'
import {
  type Answered,
  deliver,
  delivery,
  expectNothingDone,
  pushAndTell,
  secret,
  send,
  startPushed,
  synchronising,
} from './push-run.ts'

setDefaultTimeout(60_000)

test('a proven delivery of the branch that is followed is served at once', async () => {
  const told = deliveries.filter(({ kind }) => kind === 'push')
  const secrets = [...new Set(told.map((one) => one.secret))]
  await using pushed = await startPushed({ secrets, flags: ['--ref=main'] })
  expect(told.length).toBeGreaterThan(10)
  for (const { name } of told) {
    const commit = await pushAndTell(pushed, name)
    await untilPublished(pushed.link, commit)
    await expectServes(pushed.link, pushed.repository, commit)
  }
  const metrics = await pushed.metrics()
  for (const host of new Set(told.map((one) => one.host))) {
    const series = `git_sync_push_deliveries_total{host="${host}",verdict="synchronising"}`
    expect(metrics[series]).toBe(told.filter((one) => one.host === host).length)
  }
  expect(metrics.git_sync_push_last_timestamp_seconds).toBeGreaterThan(1.7e9)
  expect(errorsOf(pushed.sidecar)).toEqual([])
  const asked = pushed.sidecar.log().filter(({ msg }) => msg === 'a push asks for a sync')
  expect(asked).toHaveLength(told.length)
  expect(asked[0]).toMatchObject({ host: told[0]?.host, ref: 'refs/heads/main' })
  for (const line of pushed.sidecar.stderr)
    for (const one of secrets) expect(line).not.toContain(one)
})

test('a delivery that tells of another repository does nothing', async () => {
  const flags = ['--push-repo=ada/site', '--push-repo=https://git.example.org/team/pages.git']
  await using pushed = await startPushed({ flags })
  const passes = await pushed.passes()
  expect(await deliver(pushed, 'github push', { name: 'other' })).toEqual({
    status: 202,
    text: 'ignored: ada/other is not what is synced',
  })
  expect(await deliver(pushed, 'gitea push', { owner: 'eve' })).toEqual({
    status: 202,
    text: 'ignored: eve/site is not what is synced',
  })
  await expectNothingDone(pushed, passes)
  const line = await pushed.sidecar.line('ada/other is not what is synced')
  expect(JSON.parse(line)).toMatchObject({ msg: 'a delivery does nothing', host: 'github' })
  for (const facts of [
    { owner: 'Ada', name: 'Site' },
    { owner: 'team', name: 'pages' },
  ]) {
    const commit = await pushed.repository.publish({ a: `${facts.owner}\n` })
    expect(await deliver(pushed, 'github push', { ...facts, commit })).toEqual(synchronising)
    await untilPublished(pushed.link, commit)
  }
  // who does not name the repository means ours
  const commit = await pushed.repository.publish({ a: 'unnamed\n' })
  const headers = { authorization: `Bearer ${secret}` }
  expect(await send(pushed.url, { body: '', headers })).toEqual(synchronising)
  await untilPublished(pushed.link, commit)
})

test('the repository is the one that --repo ends with, and a local path has no such name', async () => {
  await using named = await startPushed()
  expect(await named.sidecar.line('each proven delivery counts')).toContain('--push-repo')
  const commit = await named.repository.publish({ a: '2\n' })
  expect(await deliver(named, 'gitlab push', { name: 'any', commit })).toEqual(synchronising)
  await untilPublished(named.link, commit)
})

test('a delivery that tells of another ref does nothing', async () => {
  const ignored = (ref: string): Answered => ({
    status: 202,
    text: `ignored: ${ref} is not what is followed`,
  })
  for (const [flags, taken, not] of [
    [['--ref=main'], ['refs/heads/main', 'refs/tags/main'], ['refs/heads/other', 'refs/tags/v1']],
    [['--ref=refs/heads/main'], ['refs/heads/main'], ['refs/tags/main', 'refs/heads/main/x']],
    [[], ['refs/heads/main', 'refs/heads/other'], ['refs/tags/main']],
  ] as const) {
    await using pushed = await startPushed({ flags: [...flags] })
    const passes = await pushed.passes()
    for (const ref of not)
      expect(await deliver(pushed, 'github push', { ref })).toEqual(ignored(ref))
    await expectNothingDone(pushed, passes)
    for (const ref of taken) {
      const commit = await pushed.repository.publish({ a: `${ref} ${flags}\n` })
      expect(await deliver(pushed, 'github push', { ref, commit })).toEqual(synchronising)
      await untilPublished(pushed.link, commit)
    }
    // who does not say which ref moved may mean ours
    const commit = await pushed.repository.publish({ a: 'unsaid\n' })
    const { headers } = delivery('bearer push')
    expect(await send(pushed.url, { body: '{}', headers })).toEqual(synchronising)
    await untilPublished(pushed.link, commit)
  }
})

test('a hash never moves: no delivery asks for a sync', async () => {
  await using still = await startPushed({ flags: (commit) => [`--ref=${commit}`] })
  const passes = await still.passes()
  const answer = { status: 202, text: 'ignored: a hash is followed: it never moves' }
  expect(await deliver(still, 'github push')).toEqual(answer)
  const { headers } = delivery('bearer push')
  expect(await send(still.url, { body: '', headers })).toEqual(answer)
  await expectNothingDone(still, passes)
})

test('a ref that was deleted is looked for, and the failed sync says so', async () => {
  await using pushed = await startPushed({ flags: ['--ref=main'] })
  const before = await pushed.repository.resolve()
  await pushed.repository.branch('main', null)
  expect(await deliver(pushed, 'gitlab push', { commit: null, before })).toEqual(synchronising)
  expect(await pushed.sidecar.line('sync failed')).toContain('main')
  await expectServes(pushed.link, pushed.repository, before)
})

test('what is no push is answered, and does nothing', async () => {
  const others = deliveries.filter(({ kind }) => kind !== 'push')
  await using pushed = await startPushed({ secrets: others.map((one) => one.secret) })
  const passes = await pushed.passes()
  for (const { name, kind } of others) {
    const { status, text } = await deliver(pushed, name)
    expect({ name, status }).toEqual({ name, status: kind === 'ping' ? 200 : 202 })
    expect(text).toMatch(kind === 'ping' ? /^pong$/ : /^ignored: it tells of ".*", not of a push$/)
  }
  const get = await fetch(`${pushed.url}/push`)
  expect({ status: get.status, allow: get.headers.get('allow') }).toEqual({
    status: 405,
    allow: 'POST',
  })
  await expectNothingDone(pushed, passes)
})

test('what is not proven is refused without a hint, and nothing of it is read or logged', async () => {
  const told = deliveries.filter(({ kind }) => kind === 'push')
  await using pushed = await startPushed({ secrets: told.map((one) => one.secret) })
  const passes = await pushed.passes()
  const unproven = { status: 401, text: 'not proven' }
  const facts = { ref: 'refs/heads/hostile-words' }
  for (const { name } of told) {
    expect(await deliver(pushed, name, facts, { secret: 'not-the-secret' })).toEqual(unproven)
  }
  const stale = { atMs: Date.now() - 3_600_000 }
  expect(await deliver(pushed, 'gitlab push, signed', facts, stale)).toEqual(unproven)
  const { body, headers } = delivery('github push', facts)
  const { 'x-hub-signature-256': signature, ...unsigned } = headers
  expect(signature).toStartWith('sha256=')
  expect(await send(pushed.url, { body, headers: unsigned })).toEqual(unproven)
  expect(await send(pushed.url, { body: `${body} `, headers })).toEqual(unproven)
  expect(await send(pushed.url, { body: '', headers })).toEqual(unproven)
  expect(await send(pushed.url, { body, headers: {} })).toEqual(unproven)
  expect(await send(pushed.url, { body: '{', headers: { authorization: 'Bearer x' } })).toEqual(
    unproven,
  )
  await expectNothingDone(pushed, passes)
  const metrics = await pushed.metrics()
  expect(metrics['git_sync_push_deliveries_total{host="unknown",verdict="unproven"}']).toBe(1)
  const lines = pushed.sidecar.log().filter(({ msg }) => msg === 'a delivery is refused')
  expect(lines[0]).toMatchObject({ why: 'it is signed with another secret', from: '127.0.0.1' })
  const refused = told.length + 6
  const untold = lines.reduce((sum, one) => sum + Number(one.untold ?? 0), 0)
  expect(lines.length + untold).toBeLessThanOrEqual(refused)
  expect(lines.length).toBeLessThan(refused)
  expect(pushed.sidecar.stderr.join('\n')).not.toContain('hostile-words')
})

test('a proven delivery that is not what it ought to be is refused in a sentence', async () => {
  await using pushed = await startPushed()
  const passes = await pushed.passes()
  const headers = { authorization: `Bearer ${secret}` }
  for (const body of ['{', '[]', '{"ref":7}', '{"ref":"main","commit":"abc"}']) {
    const { status, text } = await send(pushed.url, { body, headers })
    expect(status).toBe(400)
    expect(text).toMatch(/^Cannot read the delivery: .+; .+$/)
  }
  await expectNothingDone(pushed, passes)
})

test('--push-bind is a listener of its own', async () => {
  const own = `127.0.0.1:${freePort()}`
  await using pushed = await startPushed({ flags: [`--push-bind=${own}`] })
  expect(await pushed.sidecar.line('serving pushes')).toContain(own)
  // elsewhere these paths are the probe, as without pushes
  expect(await deliver(pushed, 'github push')).toEqual({ status: 200, text: '' })
  expect((await fetch(`http://${own}/metrics`)).status).toBe(404)
  const commit = await pushAndTell({ ...pushed, url: `http://${own}` })
  await untilPublished(pushed.link, commit)
})

test('a new secret counts from the next delivery on, beside the old one while both stand there', async () => {
  await using pushed = await startPushed()
  const write = async (...lines: readonly string[]): Promise<void> => {
    await writeFile(`${pushed.secretFile}.new`, lines.join('\n'))
    await rename(`${pushed.secretFile}.new`, pushed.secretFile)
  }
  const statusBy = async (secret: string): Promise<number> => {
    const commit = await pushed.repository.publish({ a: `${crypto.randomUUID()}\n` })
    return (await deliver(pushed, 'github push', { commit }, { secret })).status
  }
  expect(await statusBy('the-next-secret')).toBe(401)
  await write('', ' the-next-secret ', '', secret, '')
  expect([await statusBy('the-next-secret'), await statusBy(secret)]).toEqual([202, 202])
  await write('the-next-secret')
  expect([await statusBy('the-next-secret'), await statusBy(secret)]).toEqual([202, 401])
  await write('\n')
  expect(await statusBy('the-next-secret')).toBe(503)
  await rm(pushed.secretFile)
  expect(await statusBy('the-next-secret')).toBe(503)
  const said = await pushed.sidecar.line('it is not there')
  expect(said).toContain('Cannot use --push-secret-file')
  await write('the-next-secret')
  expect(await statusBy('the-next-secret')).toBe(202)
  await untilPublished(pushed.link, await pushed.repository.resolve())
})

test('a probe finds what it found before, and its bodies stay small', async () => {
  await using pushed = await startPushed()
  expect((await fetch(`${pushed.url}/`)).status).toBe(200)
  const large = await fetch(`${pushed.url}/`, { method: 'POST', body: 'x'.repeat(100_000) })
  expect(large.status).toBe(413)
  const endless = await fetch(`${pushed.url}/sync`, {
    method: 'POST',
    body: new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1000)) }),
  }).catch(() => null)
  expect([411, undefined]).toContain(endless?.status)
  await until(async () => ((await fetch(`${pushed.url}/readyz`)).ok ? true : null))
})
