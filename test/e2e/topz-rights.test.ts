import { afterAll, beforeAll, expect } from 'bun:test'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Child } from '#test/fixtures/child.ts'
import { startChild } from '#test/fixtures/child.ts'
import { needs } from '#test/fixtures/needs.ts'
import {
  changedUser,
  onlyTracingRoot,
  plainUser,
  type Rights,
  sleeper,
  tracingRoot,
  usualRoot,
  withRights,
} from '#test/fixtures/rights.ts'
import { usual } from '#test/fixtures/sidecar.ts'
import type { Process, Table } from '#topz/model/table.ts'

const { test, describe } = needs('root')

/** As the first two columns of the document name them. */
const runs: Readonly<Record<string, Rights>> = {
  'a user, no capabilities': plainUser(4101),
  'a user, SYS_PTRACE added': { uid: 4101, capabilities: ['sys_ptrace'] },
  "root, a runtime's usual capabilities": usualRoot,
  'root, SYS_PTRACE added to the usual ones': tracingRoot,
  'root, nothing but SYS_PTRACE': onlyTracingRoot,
}

const targets: Readonly<Record<string, () => Child | Promise<Child>>> = {
  'the same user': () => sleeper(plainUser(4101)),
  'the same user, with capabilities': () =>
    sleeper({ uid: 4101, capabilities: ['net_raw'], ambient: ['net_raw'] }),
  'the same user, changed from root without a new program (nginx workers)': () => changedUser(4101),
  'another user': () => sleeper(plainUser(4102)),
  root: () => sleeper(usualRoot),
}

/** What a column of the document stands on. */
const proofs: Readonly<Record<string, (pid: number) => string>> = {
  disk: (pid) => `cat /proc/${pid}/io`,
  'exact memory': (pid) => `cat /proc/${pid}/smaps_rollup`,
  'files by kind': (pid) => `readlink /proc/${pid}/fd/0`,
  'numbers of open files': (pid) => `ls /proc/${pid}/fd`,
  environment: (pid) => `cat /proc/${pid}/environ`,
  "its container's limits, throttling, OOM kills": (pid) => `ls /proc/${pid}/root/sys/fs`,
}

/** Of any process, by anybody. */
const open = [
  'stat',
  'status',
  'statm',
  'cmdline',
  'comm',
  'cgroup',
  'mountinfo',
  'limits',
  'schedstat',
]

interface Line {
  readonly run: string
  readonly target: string
  /** Column to `yes` or `no`. */
  readonly shows: Readonly<Record<string, string>>
}

function documented(): readonly Line[] {
  const text = readFileSync(resolve(import.meta.dir, '../../docs/rights.md'), 'utf8')
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|--'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  const [head = [], ...lines] = rows
  return lines.map(([run = '', target = '', ...cells]) => ({
    run,
    target,
    shows: Object.fromEntries(cells.map((cell, index) => [head[index + 2] ?? '', cell])),
  }))
}

function may(rights: Rights, command: string): string {
  const { exitCode } = Bun.spawnSync([...withRights(rights), 'sh', '-c', `${command} >/dev/null`])
  return exitCode === 0 ? 'yes' : 'no'
}

const living = new Map<string, Child>()
beforeAll(async () => {
  for (const [name, start] of Object.entries(targets)) living.set(name, await start())
})
afterAll(async () => {
  for (const child of living.values()) await child.stop()
})

describe('what docs/rights.md says', () => {
  const lines = documented()

  test('is about all ways to run and all targets that are measured', () => {
    expect(new Set(lines.map(({ run }) => run))).toEqual(new Set(Object.keys(runs)))
    expect(new Set(lines.map(({ target }) => target))).toEqual(new Set(Object.keys(targets)))
    expect(lines.map(({ shows }) => Object.keys(shows))).toEqual(
      lines.map(() => Object.keys(proofs)),
    )
  })

  for (const { run, target, shows } of lines) {
    const rights = runs[run] ?? plainUser(0)
    const pidOf = (): number => living.get(target)?.pid ?? 0

    test(`is what the kernel shows of ${target} to ${run}`, () => {
      const measured = Object.fromEntries(
        Object.entries(proofs).map(([column, proof]) => [column, may(rights, proof(pidOf()))]),
      )
      expect(measured).toEqual(shows)
      for (const file of open) {
        expect([file, may(rights, `cat /proc/${pidOf()}/${file}`)]).toEqual([file, 'yes'])
      }
    })

    test(`is what topz as ${run} shows of ${target}`, async () => {
      await using topz = startChild([
        ...withRights(rights),
        ...usual,
        ...['topz', '--addr=127.0.0.1:0'],
      ])
      const address = (await topz.line('Serving on ')).replace('Serving on ', '')
      const process = await processOf(`http://${address}`, pidOf())
      expect(process).toMatchObject({
        threads: 1,
        state: 'sleeping',
        openFilesLimit: expect.any(Number),
      })
      for (const field of [
        'cpuMillicores',
        'rssBytes',
        'openFiles',
        'ageSeconds',
        'uid',
      ] as const) {
        expect([field, process[field]]).toEqual([field, expect.any(Number)])
      }
      expect(process.command).toContain(target.includes('nginx') ? 'perl' : 'sleep 600')
      const disk = process.diskReadBytesPerSecond === null ? 'no' : 'yes'
      expect([disk, process.unknown.diskReadBytesPerSecond]).toEqual(
        shows.disk === 'yes' ? ['yes', undefined] : ['no', 'another-user'],
      )
    })
  }
})

async function processOf(url: string, pid: number): Promise<Process> {
  const table = (await (await fetch(`${url}/topz.json`)).json()) as Table
  const process = table.processes.find((one) => one.pid === pid)
  if (process === undefined) throw new Error(`Process ${pid} is not in the table`)
  return process
}
