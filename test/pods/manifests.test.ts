import { describe, expect, test } from 'bun:test'
import { options as gitSync } from '#git-sync/options/options.ts'
import { parseOptions } from '#kit/options.ts'
import { options as topz } from '#topz/options.ts'
import { type Container, containersOf, readManifest } from './manifest.ts'

const names = ['git-sync', 'topz'] as const

for (const name of names) {
  describe(`deploy/${name}.yml`, async () => {
    const { pod, deployment, configMaps, services } = await readManifest(name)
    const containers = containersOf(pod)

    test('runs nobody as root and gives nobody a right', () => {
      for (const { name, securityContext: own } of containers) {
        const rights = { ...pod.securityContext, ...own }
        expect({ name, rights }).toMatchObject({
          rights: {
            runAsNonRoot: true,
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            seccompProfile: { type: 'RuntimeDefault' },
          },
        })
        expect(rights.runAsUser).toBeGreaterThan(0)
        expect(rights.capabilities?.add).toBeUndefined()
      }
      expect(pod.automountServiceAccountToken).toBe(false)
    })

    test('says what each container needs and may use at most', () => {
      for (const { resources } of containers) {
        for (const side of [resources?.requests, resources?.limits]) {
          expect(side?.cpu).toMatch(/^\d+m$/)
          expect(side?.memory).toMatch(/^\d+Mi$/)
        }
      }
    })

    test('takes the images that the header builds, without a registry', () => {
      for (const { image, imagePullPolicy } of containers) {
        expect(image).toMatch(/^(nginx|sidecars\/(git-sync|topz)):latest$/)
        expect(imagePullPolicy).toBe('IfNotPresent')
      }
    })

    test('mounts only volumes that it has, and all of them', () => {
      const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts)
      const had = pod.volumes.map((volume) => volume.name)
      expect([...new Set(mounted.map((mount) => mount.name))].sort()).toEqual(had.sort())
      expect(mounted.filter((mount) => mount.subPath !== undefined)).toEqual([])
      const maps = [
        ...pod.volumes.flatMap(({ configMap }) => configMap?.name ?? []),
        ...containers.flatMap(({ envFrom = [] }) => envFrom.map((from) => from.configMapRef.name)),
      ]
      expect([...new Set(maps)].sort()).toEqual(configMaps.map((map) => map.metadata.name).sort())
    })

    test('asks every lasting container whether it is ready, at a port that it has', () => {
      for (const { ports = [], readinessProbe, livenessProbe } of pod.containers) {
        const own = ports.map((port) => port.name)
        const asked = [readinessProbe, livenessProbe].flatMap((probe) =>
          probe ? [String(probe.httpGet?.port ?? probe.tcpSocket?.port)] : [],
        )
        expect(asked.length).toBeGreaterThan(0)
        expect(own).toEqual(expect.arrayContaining(asked))
      }
    })

    test('gives every container ports of its own', () => {
      const ports = pod.containers.flatMap(({ ports = [] }) => ports)
      expect(new Set(ports.map((port) => port.containerPort)).size).toBe(ports.length)
      expect(new Set(ports.map((port) => port.name)).size).toBe(ports.length)
    })

    test('has Services of one port each that find the pod', () => {
      const labels = deployment.spec.template.metadata.labels
      expect(labels).toMatchObject(deployment.spec.selector.matchLabels)
      for (const { spec } of services) {
        expect(spec.type).toBe('NodePort')
        expect(labels).toMatchObject(spec.selector)
        expect(spec.ports).toHaveLength(1)
      }
    })
  })
}

function isSidecar({ image }: Container): boolean {
  return image.startsWith('sidecars/')
}

/** The container that a Service's only port reaches. */
async function behind(manifest: (typeof names)[number], service: string): Promise<string> {
  const { services, pod } = await readManifest(manifest)
  const target = services.find(({ metadata }) => metadata.name === service)?.spec.ports[0]
  const owner = pod.containers.find(({ ports = [] }) =>
    ports.some((port) => port.name === target?.targetPort),
  )
  return owner?.name ?? 'nobody'
}

test('the Services reach the site, and topz beside its nginx', async () => {
  expect(await behind('git-sync', 'git-sync')).toBe('nginx')
  expect(await behind('topz', 'nginx')).toBe('nginx')
  expect(await behind('topz', 'topz')).toBe('topz')
})

test('the repository is one value, in a ConfigMap that both syncs read', async () => {
  const { text, pod } = await readManifest('git-sync')
  expect(text.match(/GITSYNC_REPO/g)).toHaveLength(1)
  const syncs = containersOf(pod).filter(({ image }) => image.startsWith('sidecars/git-sync'))
  expect(syncs.map(({ name }) => name)).toEqual(['first-sync', 'git-sync'])
  for (const { envFrom } of syncs) {
    expect(envFrom).toEqual([{ configMapRef: { name: 'git-sync' } }])
  }
})

test('every option in the manifests is one that the sidecar takes', async () => {
  const env = { GITSYNC_REPO: 'https://example.com/site.git' }
  const containers = [...containersOf((await readManifest('git-sync')).pod)]
  containers.push(...(await readManifest('topz')).pod.containers)
  const taken = containers.filter(isSidecar).map(({ name, image, command = [], args = [] }) => {
    const words = [...command.slice(1), ...args]
    const table = image.includes('git-sync') ? gitSync : topz
    return [name, parseOptions<typeof gitSync | typeof topz>(table, { args: words, env })]
  })
  expect(taken).toMatchObject([
    ['first-sync', { kind: 'values', positional: [], warnings: [], values: { oneTime: true } }],
    ['git-sync', { kind: 'values', positional: [], warnings: [], values: { oneTime: false } }],
    ['topz', { kind: 'values', positional: [], warnings: [], values: { addr: '0.0.0.0:8081' } }],
  ])
})

test('nginx and both syncs mount the folder above the link', async () => {
  const { configMaps, pod } = await readManifest('git-sync')
  const config = configMaps.find(({ data }) => 'nginx.conf' in data)?.data['nginx.conf']
  expect(config).toContain('root /git/html;')
  for (const { name, args = [], volumeMounts = [] } of containersOf(pod)) {
    const mount = volumeMounts.find((each) => each.name === 'git-sync-content')
    expect(mount?.mountPath).toBe('/git')
    expect(mount?.readOnly ?? false).toBe(name === 'nginx')
    if (name !== 'nginx') {
      expect(args).toEqual(expect.arrayContaining(['--root=/git', '--link=html']))
    }
  }
})

test('git-sync is ready while a whole commit is served', async () => {
  const { pod } = await readManifest('git-sync')
  const probes = pod.containers.find(({ name }) => name === 'git-sync')
  expect(probes?.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'status' })
  expect(probes?.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'status' })
})

test('topz sees the processes of nginx, as the same user', async () => {
  const { pod } = await readManifest('topz')
  expect(pod.shareProcessNamespace).toBe(true)
  const users = pod.containers.map(({ securityContext: own }) => own?.runAsUser)
  expect(users).toEqual([undefined, undefined])
  expect(pod.securityContext?.runAsUser).toBe(101)
})

test('the images carry the version of the package', async () => {
  const { version } = await Bun.file(new URL('../../package.json', import.meta.url)).json()
  const text = await Bun.file(new URL('../../deploy/Containerfile', import.meta.url)).text()
  const versions = [...text.matchAll(/^ARG VERSION=(.*)$/gm)].map((match) => match[1])
  expect(versions).toEqual([version, version])
})
