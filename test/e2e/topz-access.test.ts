import { afterAll, expect, test } from 'bun:test'
import { rmSync, writeFileSync } from 'node:fs'
import { startChild } from '#test/fixtures/child.ts'
import { listening } from '#test/fixtures/git-http.ts'
import { nginxFrame } from '#test/fixtures/nginx.ts'
import { freePort } from '#test/fixtures/ports.ts'
import { type Sidecar, startSidecar } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'

const folder = temporaryFolder('topz-access')
const running: Sidecar[] = []
afterAll(async () => {
  for (const topz of running) await topz.stop()
  folder.remove()
})

async function started(...args: readonly string[]): Promise<{ topz: Sidecar; url: string }> {
  const topz = startSidecar(['topz', '--addr=127.0.0.1:0', ...args])
  running.push(topz)
  return { topz, url: `http://${(await topz.line('Serving on ')).replace('Serving on ', '')}` }
}

function file(name: string, text: string): string {
  writeFileSync(folder.at(name), text)
  return folder.at(name)
}

async function statusOf(url: string, authorization?: string): Promise<number> {
  const headers = authorization === undefined ? {} : { authorization }
  const answer = await fetch(url, { headers, redirect: 'manual' })
  await answer.body?.cancel()
  return answer.status
}

const everything = [
  '/',
  '/topz',
  '/topz.json',
  '/topz.txt',
  '/topz/stream',
  '/topz/page.js',
  '/metrics',
]

test('with a token file nothing but the probe is answered without a token', async () => {
  const tokens = file('tokens', 'first\nsecond\n')
  const { topz, url } = await started(`--token-file=${tokens}`)
  for (const path of [...everything, '/nothing']) {
    expect([path, await statusOf(`${url}${path}`)]).toEqual([path, 401])
    expect([path, await statusOf(`${url}${path}`, 'Bearer third')]).toEqual([path, 401])
  }
  expect(await statusOf(`${url}/healthz`)).toBe(200)
  for (const path of everything) {
    expect([path, await statusOf(`${url}${path}`, 'Bearer second')]).not.toContain(401)
  }
  const asBrowser = `Basic ${btoa('me:first')}`
  expect(await statusOf(`${url}/topz`, asBrowser)).toBe(200)

  writeFileSync(tokens, 'third\n')
  expect(await statusOf(`${url}/topz`, 'Bearer first')).toBe(401)
  expect(await statusOf(`${url}/topz`, 'Bearer third')).toBe(200)

  rmSync(tokens)
  expect(await statusOf(`${url}/topz`, 'Bearer third')).toBe(503)
  expect(await statusOf(`${url}/healthz`)).toBe(200)
  const shown = [...topz.stdout, ...topz.stderr].join('\n')
  expect(shown).toContain(`Cannot use --token-file ${tokens}: it is not there; make it`)
  expect(shown).not.toMatch(/first|second|third/)
})

test('with a login file a user logs in by a password or by one that is kept as a digest', async () => {
  const digest = (await Bun.password.hash('horse', { algorithm: 'bcrypt', cost: 4 })).replace(
    '$2b$',
    '$2y$',
  )
  const { url } = await started(`--login-file=${file('logins', `ann:mule\nbob:${digest}\n`)}`)
  expect(await statusOf(`${url}/topz`, `Basic ${btoa('ann:mule')}`)).toBe(200)
  expect(await statusOf(`${url}/topz`, `Basic ${btoa('bob:horse')}`)).toBe(200)
  expect(await statusOf(`${url}/topz`, `Basic ${btoa('bob:mule')}`)).toBe(401)
  expect(await statusOf(`${url}/topz`, 'Bearer mule')).toBe(401)
  const answer = await fetch(`${url}/topz`)
  expect(answer.headers.get('www-authenticate')).toBe('Basic realm="topz", charset="UTF-8"')
  expect(await answer.text()).toBe('This takes a login\n')
})

test('a file of secrets that cannot be used ends the start with one line', async () => {
  for (const [args, says] of [
    [[`--token-file=${folder.at('none')}`], 'it is not there; make it'],
    [[`--token-file=${file('empty', '\n')}`], 'it is empty; write a secret into it'],
    [
      [`--login-file=${file('odd', 'ann:x\nbob\n')}`],
      'its login 2 has no user; write USER:PASSWORD',
    ],
  ] as const) {
    const topz = startSidecar(['topz', '--addr=127.0.0.1:0', ...args])
    expect(await topz.exited).toBe(1)
    expect(topz.stderr).toHaveLength(1)
    expect(topz.stderr[0]).toContain(says)
  }
})

test('a page of somebody else’s name is refused before it can try a secret', async () => {
  const { url } = await started(`--token-file=${file('token', 'one')}`)
  const headers = { host: 'evil.example.com', authorization: 'Bearer one' }
  expect((await fetch(`${url}/topz`, { headers })).status).toBe(403)
})

test('a page works below a prefix, whether the proxy takes it away or passes it on', async () => {
  const { url } = await started('--path-prefix=/tools/one')
  const port = freePort()
  const paths = [
    `location /tools/one { proxy_pass ${url}; }`,
    `location /gone/ { proxy_pass ${url}/; }`,
  ]
  const server = `server { listen 127.0.0.1:${port}; absolute_redirect off; ${paths.join(' ')} }`
  const config = file('nginx.conf', nginxFrame(folder.path, ['access_log off;', server]))
  const nginx = startChild(['nginx', '-e', folder.at('error.log'), '-c', config])
  await listening(port, nginx)
  const proxy = `http://127.0.0.1:${port}`
  try {
    for (const prefix of ['/tools/one', '/gone']) {
      const page = `${proxy}${prefix}/`
      const topz = await fetch(page, { headers: { accept: 'text/html' } })
      expect(new URL(topz.url).pathname).toBe(`${prefix}/topz`)
      const html = await topz.text()
      const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '')
      const own = links.filter((link) => !link.startsWith('data:'))
      expect(own.length).toBeGreaterThan(1)
      for (const link of own) {
        const at = new URL(link, topz.url)
        expect([at.href, (await fetch(at)).status]).toEqual([at.href, 200])
      }
    }
  } finally {
    await nginx.stop()
  }
  expect(await statusOf(`${url}/tools/one`)).toBe(302)
  expect(await statusOf(`${url}/healthz`)).toBe(200)
  expect(await statusOf(`${url}/tools/healthz`)).toBe(404)
})

test('a prefix that is none is refused by the name of its option', async () => {
  const topz = startSidecar(['topz', '--path-prefix=tools/'])
  expect(await topz.exited).toBe(1)
  expect(topz.stderr.join('\n')).toMatch(
    /path-prefix.*must begin with a slash and not end with one/,
  )
})
