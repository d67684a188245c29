import { expect } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { startChild } from '#test/fixtures/child.ts'
import { ControlGroup } from '#test/fixtures/control-group.ts'
import { needs } from '#test/fixtures/needs.ts'
import { plainUser, withRights } from '#test/fixtures/rights.ts'
import { usual } from '#test/fixtures/sidecar.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import type { Container, Table } from '#topz/model/table.ts'

/* A container of another user, which hides its control group from topz. */

const { test } = needs('root', 'control groups of version 1')

const mebi = 2 ** 20

/** One that a kubelet has named `app`, with limits. */
async function startApp(group: ControlGroup, folder: string): Promise<void> {
  const kubelet = `${folder}/pods/0d6c1c0e-2c2f-4a52-9c0e-7f0f3f0a1b11/containers/app`
  mkdirSync(kubelet, { recursive: true })
  await Bun.write(`${kubelet}/1`, '')
  group.write('memory', 'memory.limit_in_bytes', 64 * mebi)
  group.write('cpu', 'cpu.cfs_quota_us', 50_000)
  const mount = 'mount --bind "$1/1" "$1/1" && echo ready && exec sleep 600'
  const app = group.start(['unshare', '--mount', 'sh', '-c', mount, 'sh', kubelet])
  await app.line('ready')
}

/** The app as topz of nobody has it; `before` runs in a mount namespace of its own. */
async function seen(
  group: ControlGroup,
  { before, flags }: { before: string; flags: readonly string[] },
): Promise<Container | undefined> {
  const topz = [...withRights(plainUser(65534)), ...usual, 'topz', '--addr=127.0.0.1:0', ...flags]
  const command = ['unshare', '--mount', 'sh', '-c', `${before}; exec "$@"`, 'sh', ...topz]
  await using child = startChild(command, { name: 'topz' })
  const line = await child.line('Serving on ')
  const response = await fetch(`${line.replace('Serving on ', 'http://')}/topz.json`)
  const table = (await response.json()) as Table
  return table.containers.find(({ key }) => key === group.id)
}

/** As in a pod, where topz has its own group mounted and no other. */
const withoutGroups = 'umount --lazy --recursive /sys/fs/cgroup'

test('limits that are hidden are taken from --limit, and memory is a sum that says so', async () => {
  await using group = new ControlGroup()
  await using folder = temporaryFolder('kubelet')
  await startApp(group, folder.path)
  const bare = await seen(group, { before: withoutGroups, flags: [] })
  expect(bare).toMatchObject({
    name: 'app',
    cpuLimitMillicores: null,
    memoryLimitBytes: null,
    memorySource: 'sum-of-rss',
    limitsFrom: 'cgroup',
    unknown: { cpuLimitMillicores: 'another-user', memoryLimitBytes: 'another-user' },
  })
  expect(bare?.memoryBytes).toBeGreaterThan(0)

  const flags = ['--limit=app:memory=128Mi', '--limit=app:cpu=250m', '--limit=web:cpu=1']
  expect(await seen(group, { before: withoutGroups, flags })).toMatchObject({
    name: 'app',
    cpuLimitMillicores: 250,
    memoryLimitBytes: 128 * mebi,
    limitsFrom: 'option',
  })
})

test('where topz has all control groups mounted itself, nothing is hidden and they count', async () => {
  await using group = new ControlGroup()
  await using folder = temporaryFolder('kubelet')
  await startApp(group, folder.path)
  const flags = ['--limit=app:memory=128Mi']
  expect(await seen(group, { before: 'true', flags })).toMatchObject({
    name: 'app',
    cpuLimitMillicores: 500,
    memoryLimitBytes: 64 * mebi,
    memorySource: 'cgroup',
    limitsFrom: 'cgroup',
  })
})
