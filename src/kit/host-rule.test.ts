import { expect, test } from 'bun:test'
import { hostRule } from './host-rule.ts'
import { line } from './http.ts'

async function ask(host: string | null, allow: readonly string[] = []): Promise<string> {
  const rule = hostRule({
    allow,
    hostname: 'web-7d9f.example',
    flag: 'allow-host',
    handler: () => line(200, 'in'),
  })
  const request = new Request('http://x/', { headers: host === null ? {} : { host } })
  const info = { path: '/', query: new URLSearchParams(), remote: null, idleLimit: () => {} }
  return (await (await rule(request, info)).text()).trim()
}

test('addresses, single labels, names in the cluster and our own name pass', async () => {
  const hosts = ['192.168.39.196:30532', '10.0.0.7', '[::1]:8080', '[fe80::1]', 'localhost:8080']
  hosts.push('topz', 'topz:8080', 'a.localhost', 'topz.default.svc', 'LOCALHOST')
  hosts.push('topz.default.svc.cluster.local.:80', 'web-7d9f.example')
  for (const host of hosts) expect([host, await ask(host)]).toEqual([host, 'in'])
  expect(await ask(null)).toBe('in')
})

test('every other name is told the option that would let it in', async () => {
  expect(await ask('evil.example.com:8080')).toBe(
    'This host name may not ask; to let it, start with --allow-host=evil.example.com',
  )
  const hosts = ['1.2.3.4.evil.com', 'localhost.evil.com', 'svc.evil.com', 'a.svc.evil.com']
  hosts.push('127.0.0.1.nip.io', 'cluster.local.evil.com', 'a@b', '[evil.com]', '1.2.3', 'web-7d9f')
  hosts.push('x.web-7d9f.example')
  const passed = []
  for (const host of hosts) if ((await ask(host)) === 'in') passed.push(host)
  expect(passed).toEqual(['web-7d9f'])
})

test('allowed names pass, with all below them when they start with a star', async () => {
  expect(await ask('topz.example.com', ['Topz.Example.com'])).toBe('in')
  expect(await ask('b.example.com', ['*.example.com'])).toBe('in')
  expect(await ask('example.com', ['*.example.com'])).not.toBe('in')
  expect(await ask('evilexample.com', ['*.example.com'])).not.toBe('in')
  expect(await ask('anything.at.all', ['*'])).toBe('in')
  expect(await ask('topz.example.com:80', ['topz.example.com:8080'])).toBe('in')
  expect(await ask('topz.example.com', ['topz.example.com.'])).toBe('in')
})

test('what is no name is not echoed', async () => {
  expect(await ask('a<b>.c')).toBe(
    'This host name may not ask; to let it, start with --allow-host=HOST',
  )
})
