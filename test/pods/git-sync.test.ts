import { afterAll, beforeAll, expect } from 'bun:test'
import { type GitHttp, startGitHttp } from '#test/fixtures/git-http.ts'
import { needs } from '#test/fixtures/needs.ts'
import { createRepository, type Repository } from '#test/fixtures/repository.ts'
import { type TemporaryFolder, temporaryFolder } from '#test/fixtures/temp.ts'
import { untilServed } from '#test/fixtures/until.ts'
import { buildExecutable, type Engine, firstAnswer, type Pod, startEngine } from './engine.ts'
import { readManifest } from './manifest.ts'

const { describe, test } = needs('root', 'apt-get', 'nginx', 'fcgiwrap')

/** An answer of the site that was not the page: nobody may ever get one. */
interface Wrong {
  readonly status: number
  readonly body: string
}

describe('deploy/git-sync.yml in a real pod', () => {
  let engine: Engine
  let folder: TemporaryFolder
  let repository: Repository
  let host: GitHttp
  let pod: Pod
  let site: string
  let first: { status: number; body: string }

  beforeAll(async () => {
    await buildExecutable()
    engine = await startEngine()
    await engine.buildImage('git-sync')
    folder = temporaryFolder('pod')
    repository = await createRepository({
      files: {
        'index.html': '<h1>version one</h1>\n',
        'docs/index.html': '<h1>docs</h1>\n',
        '.gitattributes': '*.html text\n',
        'passwords.txt': { link: '/etc/passwd' },
        'settings.txt': { link: '../../.git/config' },
        'inside.html': { link: 'docs/index.html' },
      },
    })
    host = await startGitHttp(repository, { host: '0.0.0.0' })
    const { text } = await readManifest('git-sync')
    const url = host.url.replace('127.0.0.1', 'host.containers.internal')
    const manifest = folder.at('git-sync.yml')
    await Bun.write(manifest, text.replace(/(GITSYNC_REPO:) .*/, `$1 ${url}`))
    pod = await engine.play(manifest, 'git-sync-pod')
    site = `http://${pod.address}:8080`
    first = await firstAnswer(`${site}/`)
  }, 300_000)

  afterAll(async () => {
    await pod?.remove()
    await host?.stop()
    await repository?.remove()
    await folder?.remove()
  }, 30_000)

  test('the first answer that anybody gets is the site', () => {
    expect(first).toEqual({ status: 200, body: '<h1>version one</h1>\n' })
  })

  test('the readiness and liveness probes agree', async () => {
    expect((await fetch(`http://${pod.address}:8081/readyz`)).status).toBe(200)
    expect((await fetch(`http://${pod.address}:8081/healthz`)).status).toBe(200)
  })

  test('a push arrives within the period, and nobody gets anything but a whole page', async () => {
    const wrong: Wrong[] = []
    const asking = new AbortController()
    const asked = askWithoutPause(`${site}/`, asking.signal, wrong)
    const startMs = performance.now()
    await repository.publish({ 'index.html': '<h1>version two</h1>\n' })
    await untilServed(`${site}/`, 'version two', 20_000)
    const tookMs = performance.now() - startMs
    asking.abort()
    expect(await asked).toBeGreaterThan(10)
    expect(wrong).toEqual([])
    // the period of 10 s, a tenth of jitter, and the pass
    expect(tookMs).toBeLessThan(14_000)
  }, 30_000)

  test.each(['/.git', '/.git/', '/.git/config', '/.gitattributes', '/%2egit/config'])(
    '%s is not there',
    async (path) => {
      expect((await fetch(site + path)).status).toBe(404)
    },
  )

  test.each(['/passwords.txt', '/settings.txt', '/inside.html'])(
    'the link %s is not followed',
    async (path) => {
      const response = await fetch(site + path)
      expect(response.status).toBe(403)
      expect(await response.text()).not.toMatch(/root:|\[core\]|docs/)
    },
  )

  test('a folder is redirected to below whatever address the site has', async () => {
    const response = await fetch(`${site}/docs`, { redirect: 'manual' })
    expect(response.headers.get('location')).toBe('/docs/')
  })

  test('both containers run without rights, and nginx cannot write the site', async () => {
    for (const [container, uid] of [
      ['nginx', 101],
      ['git-sync', 65533],
    ] as const) {
      const status = await pod.exec(container, 'cat', '/proc/1/status')
      expect(status).toMatch(new RegExp(`^Uid:\\s+${uid}\\s`, 'm'))
      expect(status).toMatch(/^CapBnd:\s+0000000000000000$/m)
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
      expect(status).toMatch(/^Seccomp:\s+2$/m)
    }
    const writing = pod.exec('nginx', 'touch', '/git/file')
    await expect(writing).rejects.toThrow('Read-only file system')
  })

  test('the image serves any user on a folder of its own', async () => {
    const url = host.url.replace('127.0.0.1', 'host.containers.internal')
    const sync = ['--one-time', '--link=html', `--repo=${url}`]
    const image = ['--pull=never', 'docker.io/sidecars/git-sync:latest', ...sync]
    await engine.podman('run', '--rm', '--user=12345:12345', '--cap-drop=all', ...image)
  })

  test('the image has what manifests rest on: a user for anybody, programs for hooks and ssh', async () => {
    const url = host.url.replace('127.0.0.1', 'host.containers.internal')
    const script = [
      'test "$HOME $GITSYNC_ROOT" = "/tmp /git"',
      'command -v bash curl gpg socat ssh git tar gzip sed grep sha256sum',
      `/git-sync --one-time --add-user --link=html --repo=${url}`,
      'test "$(id -un)" = git-sync',
      'test "$(cat /git/html/.git)" != ""',
    ]
    const image = ['--pull=never', 'docker.io/sidecars/git-sync:latest', '-ec', script.join('\n')]
    const run = ['run', '--rm', '--user=12345:0', '--cap-drop=all']
    // podman would name the user itself
    const bare = ['--passwd=false', '--entrypoint=/bin/bash']
    const said = await engine.podman(...run, ...bare, ...image)
    expect(said.split('\n')).toHaveLength(11)
  })

  test('the pod ends without waiting for its grace', async () => {
    const startMs = performance.now()
    await pod.remove()
    expect(performance.now() - startMs).toBeLessThan(5000)
  })
})

/** Asks again and again, keeps what was not a whole page, and gives the number of answers. */
async function askWithoutPause(url: string, stop: AbortSignal, wrong: Wrong[]): Promise<number> {
  let answers = 0
  for (; !stop.aborted; answers++) {
    const response = await fetch(url)
    const body = await response.text()
    const whole = /^<h1>version (one|two)<\/h1>\n$/.test(body)
    if (!response.ok || !whole) wrong.push({ status: response.status, body })
    await Bun.sleep(5)
  }
  return answers
}
