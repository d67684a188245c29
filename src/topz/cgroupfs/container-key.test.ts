import { expect, test } from 'bun:test'
import { containerPathOf, memberPathOf, podUidOf } from './container-key.ts'

const id = '3f1b0c2d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9'

const forms: readonly (readonly [path: string, key: string, own: string])[] = [
  ['/', '/', '/'],
  [`/../cri-containerd-${id}.scope`, id, `/../cri-containerd-${id}.scope`],
  [`/../${id}`, id, `/../${id}`],
  [`/../crio-${id}.scope/container`, id, `/../crio-${id}.scope`],
  [`/../libpod-${id}.scope/init`, id, `/../libpod-${id}.scope`],
  [`/system.slice/docker-${id}.scope`, id, `/system.slice/docker-${id}.scope`],
  [
    `/kubepods/burstable/pod0d6c1c0e2c2f4a529c0e7f0f3f0a1b11/${id}`,
    id,
    `/kubepods/burstable/pod0d6c1c0e2c2f4a529c0e7f0f3f0a1b11/${id}`,
  ],
  [
    '/../../user.slice/session-3.scope',
    '/user.slice/session-3.scope',
    '/../../user.slice/session-3.scope',
  ],
  ['/..', '/', '/..'],
  ['/..hidden', '/..hidden', '/..hidden'],
]

for (const [path, key, own] of forms) {
  test(`${path} is of container ${key.slice(0, 32)}`, () => {
    expect(containerPathOf(path)).toEqual({ key, path: own })
  })
}

test('on v1 and on hybrid machines the memory line decides', () => {
  const lines = [
    { controllers: ['name=systemd'], path: '/systemd' },
    { controllers: ['cpu', 'cpuacct'], path: '/cpu' },
    { controllers: ['memory'], path: '/memory' },
    { controllers: [], path: '/unified' },
  ]
  expect(memberPathOf(lines)).toBe('/memory')
  expect(memberPathOf(lines.filter((line) => !line.controllers.includes('memory')))).toBe(
    '/unified',
  )
  expect(memberPathOf([])).toBe('/')
})

test("the pod's UID is read from both drivers' paths and from nothing else", () => {
  const uid = '0d6c1c0e-2c2f-4a52-9c0e-7f0f3f0a1b11'
  expect(podUidOf(`/kubepods/burstable/pod${uid}/${id}`)).toBe(uid)
  expect(podUidOf(`/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice/x`)).toBe(uid)
  expect(podUidOf(`/pod${id}/${id}`)).toBeNull()
  expect(podUidOf('/')).toBeNull()
})
