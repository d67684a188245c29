import { expect, test } from 'bun:test'
import { directoryOf, versionOf } from './directories.ts'
import { v1 } from './v1.ts'
import { v2 } from './v2.ts'

const id = '3f1b0c2d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9'
const unified = (path: string) => [{ controllers: [], path }]
const cgroup2 = (root: string) => [
  { root, point: '/sys/fs/cgroup', type: 'cgroup2', superOptions: ['rw', 'nsdelegate'] },
]
const cgroup1 = (controllers: string, root: string) => ({
  root,
  point: `/sys/fs/cgroup/${controllers}`,
  type: 'cgroup',
  superOptions: ['rw', ...controllers.split(',')],
})

test('v2: our own container, and a neighbour, have their group at the mount itself', () => {
  expect(directoryOf('memory', { lines: unified('/'), mounts: cgroup2('/') })).toBe(
    '/sys/fs/cgroup',
  )
  const scope = `/../cri-containerd-${id}.scope`
  expect(directoryOf('memory', { lines: unified(scope), mounts: cgroup2(scope) })).toBe(
    '/sys/fs/cgroup',
  )
})

test('v2: a group inside the container leads to the container, not to itself', () => {
  const scope = `/../crio-${id}.scope`
  const lines = unified(`${scope}/container`)
  expect(directoryOf('cpu', { lines, mounts: cgroup2(`${scope}/container`) })).toBe(
    '/sys/fs/cgroup',
  )
  expect(directoryOf('cpu', { lines, mounts: cgroup2(scope) })).toBe('/sys/fs/cgroup')
})

test('v2: on a plain machine the group lies below the mount', () => {
  const lines = unified('/user.slice/session-3.scope')
  expect(directoryOf('pids', { lines, mounts: cgroup2('/') })).toBe(
    '/sys/fs/cgroup/user.slice/session-3.scope',
  )
})

test("a neighbour's path is never looked for in a mount of ours", () => {
  expect(directoryOf('cpu', { lines: unified(`/../${id}`), mounts: cgroup2('/') })).toBeNull()
})

test('v1: each controller has its mount, and one that was not delegated counts for nobody', () => {
  const path = `/kubepods/burstable/pod1/${id}`
  const lines = [
    { controllers: ['memory'], path },
    { controllers: ['cpu', 'cpuacct'], path },
    { controllers: ['pids'], path: '/' },
  ]
  const mounts = [cgroup1('memory', path), cgroup1('cpu,cpuacct', path), cgroup1('pids', '/')]
  expect(versionOf(lines)).toBe(v1)
  expect(directoryOf('memory', { lines, mounts })).toBe('/sys/fs/cgroup/memory')
  expect(directoryOf('cpuacct', { lines, mounts })).toBe('/sys/fs/cgroup/cpu,cpuacct')
  expect(directoryOf('pids', { lines, mounts })).toBeNull()
})

test('a hybrid machine keeps its controllers on v1 while the v2 line is empty', () => {
  const lines = [{ controllers: ['memory'], path: '/x' }, ...unified('/')]
  const mounts = [...cgroup2('/'), cgroup1('memory', '/')]
  expect(versionOf(lines)).toBe(v1)
  expect(versionOf(unified('/'))).toBe(v2)
  expect(directoryOf('memory', { lines, mounts })).toBe('/sys/fs/cgroup/memory/x')
})

test('a hybrid machine counts pressure in the v2 hierarchy, where the container is in it', () => {
  const path = `/kubepods/burstable/pod1/${id}`
  const memory = { controllers: ['memory'], path }
  const mounts = [cgroup1('memory', path), ...cgroup2(path)]
  const of = (v2Path: string) =>
    directoryOf('unified', { lines: [memory, ...unified(v2Path)], mounts })
  expect(of(path)).toBe('/sys/fs/cgroup')
  expect(of('/')).toBeNull()
  expect(directoryOf('unified', { lines: [memory], mounts })).toBeNull()
})

test('of several mounts of one hierarchy the one that holds the group is taken', () => {
  const path = `/kubepods.slice/cri-containerd-${id}.scope`
  const elsewhere = { ...cgroup1('memory', '/system.slice'), point: '/elsewhere' }
  const host = { ...cgroup1('memory', '/'), point: '/host/memory' }
  const lines = [{ controllers: ['memory'], path }]
  expect(directoryOf('memory', { lines, mounts: [elsewhere, host] })).toBe(`/host/memory${path}`)
})

test('a mount that another one covers is not looked into', () => {
  const over = { root: '/', point: '/sys/fs/cgroup', type: 'tmpfs', superOptions: ['rw'] }
  const of = (mounts: Parameters<typeof directoryOf>[1]['mounts']) =>
    directoryOf('cpu', { lines: unified('/'), mounts })
  expect(of([over, ...cgroup2('/')])).toBe('/sys/fs/cgroup')
  expect(of([...cgroup2('/'), over])).toBeNull()
})
