import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdir, rename, symlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { type TemporaryFolder, temporaryFolder } from '#test/fixtures/temp.ts'
import { type StaticServer, startStaticServer } from './static-server.ts'

let folder: TemporaryFolder
let server: StaticServer
let url: string

beforeAll(async () => {
  folder = temporaryFolder('static')
  await Bun.write(folder.at('secret.txt'), 'secret')
  await Bun.write(folder.at('one/index.html'), 'first')
  await Bun.write(folder.at('one/.git'), 'gitdir: elsewhere')
  await Bun.write(folder.at('one/style.css'), 'a{}')
  await Bun.write(folder.at('one/deep & wide/a <b>.txt'), 'text')
  await Bun.write(folder.at('two/index.html'), 'second')
  await symlink('../secret.txt', folder.at('one/out.txt'))
  await symlink('.git', folder.at('one/config.txt'))
  await symlink('style.css', folder.at('one/inside.css'))
  await symlink('one', folder.at('site'))
  server = startStaticServer({ root: folder.at('site'), port: 0 })
  url = `http://127.0.0.1:${server.port}`
})

afterAll(async () => {
  await server.stop()
  await folder.remove()
})

const status = async (path: string): Promise<number> =>
  (await fetch(url + path, { redirect: 'manual' })).status

/** fetch would tidy the path up before it asks. */
function rawAnswer(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    })
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
}

test('a folder is answered with its index, a file with its type', async () => {
  const page = await fetch(`${url}/`)
  expect(await page.text()).toBe('first')
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const style = await fetch(`${url}/style.css`)
  expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8')
  expect(await (await fetch(`${url}/inside.css`)).text()).toBe('a{}')
})

test('a folder without an index is listed, its names escaped', async () => {
  const text = await (await fetch(`${url}/deep%20%26%20wide/`)).text()
  expect(text).toContain('a%20%3Cb%3E.txt')
  expect(text).toContain('a &lt;b&gt;.txt')
})

test('a folder without its slash is redirected within this host', async () => {
  const answer = await fetch(`${url}/deep%20%26%20wide`, { redirect: 'manual' })
  expect(answer.status).toBe(301)
  expect(answer.headers.get('location')).toBe('/deep%20%26%20wide/')
  expect(await rawAnswer('//deep%20%26%20wide')).toMatch(/location: \/deep/i)
})

test('nothing of git is served, by its name or by a link', async () => {
  for (const path of ['/.git', '/.GIT', '/.git/config', '/%2egit', '/.gitmodules', '/config.txt']) {
    expect(await status(path)).toBe(404)
  }
})

test('nothing outside of the tree is served, by dots or by a link', async () => {
  expect(await status('/out.txt')).toBe(404)
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/a/../../secret.txt',
  ]) {
    expect(await rawAnswer(path)).not.toContain('secret\n')
    expect(await rawAnswer(path)).toMatch(/^HTTP\/1.1 404/)
  }
  expect(await status('/%00')).toBe(404)
  expect(await status('/%ff')).toBe(404)
})

test('only reading is allowed', async () => {
  expect((await fetch(`${url}/`, { method: 'POST' })).status).toBe(405)
  const head = await fetch(`${url}/`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('when the link turns the next request gets the new tree, though a browser asks with its tag', async () => {
  const tag = (await fetch(`${url}/`)).headers.get('etag') ?? ''
  const again = await fetch(`${url}/`, { headers: { 'if-none-match': tag } })
  expect(again.status).toBe(304)
  await mkdir(folder.at('next'))
  await symlink('two', folder.at('next/site'))
  await rename(folder.at('next/site'), folder.at('site'))
  const turned = await fetch(`${url}/`, { headers: { 'if-none-match': tag } })
  expect(await turned.text()).toBe('second')
})
