import { afterAll, beforeAll, expect } from 'bun:test'
import { fileURLToPath } from 'node:url'
import { needs } from '#test/fixtures/needs.ts'
import { until } from '#test/fixtures/until.ts'
import type { Table } from '#topz/model/table.ts'
import { buildExecutable, type Engine, type Pod, startEngine } from './engine.ts'

const { describe, test } = needs('root', 'apt-get')

describe('deploy/topz.yml in a real pod', () => {
  let engine: Engine
  let pod: Pod
  let topz: string

  beforeAll(async () => {
    await buildExecutable()
    engine = await startEngine()
    await engine.buildImage('topz')
    const manifest = fileURLToPath(new URL('../../deploy/topz.yml', import.meta.url))
    pod = await engine.play(manifest, 'topz-pod')
    topz = `http://${pod.address}:8081`
    await until(async () => ((await fetch(`${topz}/healthz`)).ok ? true : null))
  }, 300_000)

  afterAll(async () => {
    await pod?.remove()
  }, 30_000)

  const table = async (): Promise<Table> => {
    const response = await fetch(`${topz}/topz.json`)
    return (await response.json()) as Table
  }

  test('nginx serves beside it', async () => {
    const response = await fetch(`http://${pod.address}:8080/`)
    expect(await response.text()).toContain('Welcome to nginx!')
  })

  test('nginx is a container by its name, with the limits of the manifest', async () => {
    const { containers, sees, podUid } = await table()
    expect(sees).toBe('pod')
    expect(podUid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(containers.map(({ label, kind }) => `${kind} ${label}`)).toEqual([
      'app nginx',
      'viewer topz',
      'pause pause',
    ])
    expect(containers[0]).toMatchObject({
      name: 'nginx',
      memorySource: 'cgroup',
      memoryLimitBytes: 64 * 2 ** 20,
      cpuLimitMillicores: 500,
    })
    expect(containers[1]).toMatchObject({
      name: 'topz',
      memoryLimitBytes: 128 * 2 ** 20,
      cpuLimitMillicores: 200,
    })
  })

  test('the processes of nginx are under it, with all that is known of them', async () => {
    const { containers, processes } = await table()
    const nginx = containers.find(({ name }) => name === 'nginx')
    const members = processes.filter(({ container }) => container === nginx?.key)
    expect(members.map(({ command }) => command.replace(/:.*/, ''))).toEqual([
      'nginx',
      'nginx',
      'nginx',
    ])
    expect(members).toHaveLength(nginx?.processes ?? 0)
    for (const member of members) {
      expect(member).toMatchObject({ user: 'nginx', uid: 101 })
      expect(member.rssBytes).toBeGreaterThan(2 ** 20)
      expect(member.memoryOfLimit).toBeGreaterThan(0)
      expect(member.openFiles).toBeGreaterThan(3)
    }
  })

  test('curl gets a line for each process', async () => {
    const response = await fetch(`${topz}/topz`, { headers: { accept: '*/*' } })
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    const text = await response.text()
    expect(text).toMatch(/^\d+ +[\d.]+ +[\d.]+ +nginx: master process/m)
    expect(text.match(/nginx: worker process/g)).toHaveLength(2)
  })

  test('the viewer stays within a tenth of a core and half its memory', async () => {
    const viewer = (await table()).containers.find(({ kind }) => kind === 'viewer')
    expect(viewer?.cpuMillicores ?? 0).toBeLessThan(100)
    expect(viewer?.memoryBytes ?? 0).toBeLessThan(64 * 2 ** 20)
  })

  test('the image starts as topz is started today, as /server beside any container', async () => {
    const start = ['run', '--detach', '--rm', '--pull=never']
    const app = await engine.podman(...start, 'docker.io/library/nginx:latest')
    const viewer = await engine.podman(
      ...[...start, `--pid=container:${app}`, 'docker.io/sidecars/topz:latest'],
      ...['/server', '--addr=0.0.0.0:8080'],
    )
    try {
      const shape = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
      const address = await engine.podman('inspect', viewer, '--format', shape)
      const text = await until(async () => (await fetch(`http://${address}:8080/topz`)).text())
      expect(text).toContain('nginx: master process')
      expect(await engine.podman('logs', viewer)).toContain('Serving on 0.0.0.0:8080')
    } finally {
      for (const id of [viewer, app]) await engine.podman('rm', '--force', '--time=2', id)
    }
  })

  test('the pod ends without waiting for its grace', async () => {
    const startMs = performance.now()
    await pod.remove()
    expect(performance.now() - startMs).toBeLessThan(5000)
  })
})
