import { expect, test } from 'bun:test'
import type { KubeletMount } from './mountinfo.ts'
import { kubeletMountOf, parseMountinfo } from './mountinfo.ts'

/** Of a container under containerd on cgroup v2, seen from the sidecar beside it. */
const pod = `1021 935 0:176 / / rw,relatime master:413 - overlay overlay rw,lowerdir=/var/lib/x,upperdir=/var/lib/y
1022 1021 0:178 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
1026 1025 0:30 /../cri-containerd-3f1b.scope /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate
1027 1021 254:1 /var/lib/kubelet/pods/0d6c1c0e-2c2f-4a52-9c0e-7f0f3f0a1b11/etc-hosts /etc/hosts rw,relatime - ext4 /dev/vda1 rw
1028 1023 254:1 /var/lib/kubelet/pods/0d6c1c0e-2c2f-4a52-9c0e-7f0f3f0a1b11/containers/nginx/5b9f0d2c /dev/termination-log rw,relatime - ext4 /dev/vda1 rw
1029 1021 254:1 /a\\040folder\\134x /with\\040space rw,relatime shared:1 master:2 - ext4 /dev/vda1 rw,discard
`

test('fields before and after the optional ones are found', () => {
  expect(parseMountinfo(pod)[2]).toEqual({
    root: '/../cri-containerd-3f1b.scope',
    point: '/sys/fs/cgroup',
    type: 'cgroup2',
    superOptions: ['rw', 'nsdelegate'],
  })
})

test('every byte that the kernel escapes comes back from octal, and nothing else changes', () => {
  expect(parseMountinfo(pod)[5]).toMatchObject({ root: '/a folder\\x', point: '/with space' })
  const hostile = String.raw`1 2 8:1 /a\040-\040b\012c\011d\134040\043 /\u001b[31m\0 rw - cgroup2 x\040y rw`
  expect(parseMountinfo(hostile)).toEqual([
    {
      root: '/a - b\nc\td\\040#',
      point: '/\\u001b[31m\\0',
      type: 'cgroup2',
      superOptions: ['rw'],
    },
  ])
})

const uid = '0d6c1c0e-2c2f-4a52-9c0e-7f0f3f0a1b11'

/** Of a process with one mount from there. */
function namedBy(root: string): KubeletMount | null {
  return kubeletMountOf(parseMountinfo(`1 2 8:1 ${root} /anywhere rw - ext4 /dev/x rw`))
}

test('the termination log names the pod and the container', () => {
  expect(kubeletMountOf(parseMountinfo(pod))).toEqual({ podUid: uid, containerName: 'nginx' })
})

test('a kubelet folder of its own, a static pod and a removed log are named too', () => {
  const app = { podUid: uid, containerName: 'app-2' }
  expect(namedBy(`/k8s/pods/${uid}/containers/app-2/00a1`)).toEqual(app)
  expect(namedBy(`/pods/${uid}/containers/app-2/00a1//deleted`)).toEqual(app)
  expect(namedBy(`/${uid}/containers/app-2/00a1`)).toEqual(app)
  expect(namedBy(`/volumes/disk/pods/${uid}/containers/app-2/00a1`)).toEqual(app)
  const hash = uid.replaceAll('-', '')
  expect(namedBy(`/var/lib/kubelet/pods/${hash}/containers/etcd/1`)?.podUid).toBe(hash)
})

test('volumes of a pod name no container, whatever is inside them', () => {
  const folder = `/var/lib/kubelet/pods/${uid}`
  const fake = `pods/${uid}/containers/fake/1`
  expect(namedBy(`${folder}/volumes/kubernetes.io~empty-dir/v`)).toBeNull()
  expect(namedBy(`${folder}/volumes/kubernetes.io~empty-dir/v/${fake}`)).toBeNull()
  expect(namedBy(`${folder}/volume-subpaths/v/app/${fake}`)).toBeNull()
})

test('what Kubernetes would not take as a name is none', () => {
  for (const name of ['a\\012b', 'UPPER', '-a', 'a'.repeat(64), 'a\u202eb', '..']) {
    expect(namedBy(`/pods/${uid}/containers/${name}/1`)).toBeNull()
  }
  expect(namedBy('/pods/no-uid/containers/app/1')).toBeNull()
})

test('what is no line of a mount is passed over', () => {
  expect(parseMountinfo('garbage\n\n1 2 3 - x\n')).toEqual([])
})
