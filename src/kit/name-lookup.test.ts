import { expect, test } from 'bun:test'
import { addressesOf, nameKnown } from './name-lookup.ts'

/** The backends that were asked while `act` ran, each answering as it is told to. */
async function asked(
  answers: Readonly<Record<string, () => Promise<unknown>>>,
  act: () => Promise<unknown>,
): Promise<readonly string[]> {
  const { lookup } = Bun.dns
  const backends: string[] = []
  Bun.dns.lookup = ((_host: string, { backend }: { backend: string }) => {
    backends.push(backend)
    return answers[backend]?.()
  }) as typeof lookup
  try {
    await act()
  } finally {
    Bun.dns.lookup = lookup
  }
  return backends
}

const never = new AbortController().signal
const found = async (): Promise<unknown> => [{ address: '127.0.0.1' }]
const failed = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))
const silent = (): Promise<unknown> => new Promise(() => {})

test('an address is no name', async () => {
  const hosts = ['127.0.0.1', '[::1]', 'localhost']
  const act = () => Promise.all(hosts.map((host) => nameKnown(host, never)))
  expect(await asked({}, act)).toEqual([])
})

test('who is answered, also that there is no such name, asks nobody else', async () => {
  for (const answer of [found, failed('DNS_ENOTFOUND'), failed('DNS_ENODATA')]) {
    expect(await asked({ 'c-ares': answer }, () => nameKnown('h.test', never))).toEqual(['c-ares'])
  }
})

test('where nobody answers the system is asked, for one name at a time', async () => {
  const systems = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()]
  const left = [...systems]
  const done: string[] = []
  const answers = {
    'c-ares': failed('DNS_ECONNREFUSED'),
    libc: () => left.shift()?.promise ?? silent(),
  }
  const backends = await asked(answers, async () => {
    const both = ['a', 'b'].map(async (host) => {
      await nameKnown(host, never)
      done.push(host)
    })
    await Bun.sleep(10)
    expect(left).toHaveLength(1)
    systems[0]?.reject(new Error('gave up'))
    await both[0]
    await Bun.sleep(10)
    expect({ done, left }).toEqual({ done: ['a'], left: [] })
    systems[1]?.resolve([])
    await Promise.all(both)
  })
  expect(backends).toEqual(['c-ares', 'c-ares', 'libc', 'libc'])
})

test('who wants all addresses takes turns with those whose lookup by the system hangs', async () => {
  const systems = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()]
  const left = [...systems]
  const answers = {
    'c-ares': failed('DNS_ECONNREFUSED'),
    libc: () => left.shift()?.promise ?? silent(),
  }
  await asked(answers, async () => {
    const known = nameKnown('a', never)
    await Bun.sleep(10)
    const addresses = addressesOf('b')
    await Bun.sleep(10)
    expect(left).toHaveLength(1)
    systems[0]?.reject(new Error('gave up'))
    await known
    systems[1]?.resolve([{ address: '192.0.2.1' }, { address: '2001:db8::1' }])
    expect(await addresses).toEqual(['192.0.2.1', '2001:db8::1'])
  })
})

test('nobody waits longer than until the end', async () => {
  const end = new AbortController()
  const act = () => {
    const waiting = nameKnown('h.test', end.signal)
    end.abort()
    return waiting
  }
  expect(await asked({ 'c-ares': silent }, act)).toEqual(['c-ares'])
})
