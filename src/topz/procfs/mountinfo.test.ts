import { expect, test } from 'bun:test'
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

test('spaces and backslashes come back from octal', () => {
  expect(parseMountinfo(pod)[5]).toMatchObject({ root: '/a folder\\x', point: '/with space' })
})

test('the termination log names the pod and the container', () => {
  expect(kubeletMountOf(parseMountinfo(pod))).toEqual({
    podUid: '0d6c1c0e-2c2f-4a52-9c0e-7f0f3f0a1b11',
    containerName: 'nginx',
  })
})

test('volumes of a pod name no container', () => {
  const volumes = `1 2 8:1 /var/lib/kubelet/pods/u/volumes/kubernetes.io~empty-dir/v /v rw - ext4 /dev/x rw`
  expect(kubeletMountOf(parseMountinfo(volumes))).toBeNull()
})

test('what is no line of a mount is passed over', () => {
  expect(parseMountinfo('garbage\n\n1 2 3 - x\n')).toEqual([])
})
