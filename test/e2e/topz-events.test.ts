import { expect } from 'bun:test'
import { closeSync, constants, openSync, readFileSync } from 'node:fs'
import { systemClock } from '#kit/clock.ts'
import type { Child } from '#test/fixtures/child.ts'
import { ControlGroup } from '#test/fixtures/control-group.ts'
import { needs } from '#test/fixtures/needs.ts'
import { temporaryFolder } from '#test/fixtures/temp.ts'
import { until } from '#test/fixtures/until.ts'
import type { PodEvent, Table } from '#topz/model/table.ts'
import { type Moment, momentOf } from '#topz/model/table-of.ts'
import { foldZombies } from '#topz/model/zombies.ts'
import type { Sample } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'

/* What is told of real processes in real groups of this machine. */

const { test } = needs('root', 'control groups of version 1')

const mebi = 2 ** 20

/** Looks again and again, each time at what happened since the last. */
class Onlooker {
  readonly #sampler = new Sampler({ procRoot: '/proc', clock: systemClock })
  readonly #container: string
  readonly events: PodEvent[] = []
  #sample: Sample | null = null
  #moment: Moment | null = null

  constructor({ id }: ControlGroup) {
    this.#container = id
  }

  look(): Table {
    const current = this.#sampler.sample()
    this.#moment = momentOf({
      previous: this.#sample,
      current,
      ...(this.#moment === null ? {} : { standing: this.#moment.standing }),
    })
    this.#sample = current
    const { table } = this.#moment
    this.events.push(...table.events.filter(({ container }) => container === this.#container))
    return table
  }

  /** Looks until that is told. */
  told(kind: PodEvent['kind']): Promise<PodEvent> {
    return until(
      () => {
        this.look()
        return this.events.find((event) => event.kind === kind) ?? null
      },
      { what: `an event: ${kind}`, everyMs: 100 },
    )
  }

  [Symbol.dispose](): void {
    this.#sampler.close()
  }
}

/** Says `ready`; at USR1 takes more and more memory, and is killed for it. */
const greedy = `const taken = []
  process.on('SIGUSR1', () => { for (;;) taken.push(Buffer.alloc(4 * 1024 * 1024, 1)) })
  setInterval(() => taken, 60_000)
  console.log('ready')`

async function startGreedy(group: ControlGroup): Promise<Child> {
  const child = group.start([process.execPath, '-e', greedy])
  await child.line('ready')
  return child
}

/** Where it was started from is where a sample may see it first. */
function inside(group: ControlGroup, { pid }: Child): Promise<true> {
  return until(() => (group.members().includes(pid) ? true : null))
}

test('who starts and who ends is told, by whoever looks', async () => {
  await using group = new ControlGroup()
  using onlooker = new Onlooker(group)
  const stays = group.start(['sleep', '3600'])
  await inside(group, stays)
  onlooker.look()
  const child = group.start(['sleep', '3601'])
  await inside(group, child)
  const start = await onlooker.told('start')
  expect(start.says).toMatch(new RegExp(`\\(PID ${child.pid}\\) started$`))
  await child.stop('SIGKILL')
  const exit = await onlooker.told('exit')
  expect(exit.process).toBe(start.process)
  await stays.stop('SIGKILL')
  expect((await onlooker.told('container-ended')).container).toBe(group.id)
})

test('the kernel kills a child for memory: it is named, and the verdict says so', async () => {
  await using group = new ControlGroup()
  group.write('memory', 'memory.limit_in_bytes', 256 * mebi)
  using onlooker = new Onlooker(group)
  await inside(group, group.start(['sleep', '3600']))
  const child = await startGreedy(group)
  onlooker.look()
  child.signal('SIGUSR1')
  const event = await onlooker.told('oom-kill')
  await child.exited
  expect(event).toMatchObject({ count: 1, says: expect.stringContaining(`(PID ${child.pid})`) })
  expect(onlooker.look().verdict).toContain('lost 1 process to the OOM killer')
})

test('a container that is gone whole is told of by its last count', async () => {
  await using group = new ControlGroup()
  group.write('memory', 'memory.limit_in_bytes', 256 * mebi)
  using onlooker = new Onlooker(group)
  const child = await startGreedy(group)
  onlooker.look()
  child.signal('SIGUSR1')
  await child.exited
  await onlooker.told('container-ended')
  expect(onlooker.events).toContainEqual(expect.objectContaining({ kind: 'oom-kill' }))
})

test('two thousand zombies are one row, and their end is a few events', async () => {
  await using group = new ControlGroup()
  await using folder = temporaryFolder('zombies')
  using onlooker = new Onlooker(group)
  const gate = folder.at('gate')
  // they end when nobody is there any more who would wait for them
  const script = `mkfifo "$1"; i=0
    while [ $i -lt 2000 ]; do read -r go <"$1" & i=$((i+1)); done
    echo ready; exec sleep 3600`
  const parent = group.start(['sh', '-c', script, 'sh', gate])
  await parent.line('ready')
  await until(() => (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n' ? true : null))
  const rows = await until(
    () => {
      // whoever has not come to the gate yet comes to the next opening
      closeSync(openSync(gate, constants.O_RDWR))
      const mine = onlooker.look().processes.filter(({ container }) => container === group.id)
      const zombies = mine.filter(({ state }) => state === 'zombie')
      return zombies.length === 2000 ? foldZombies(mine) : null
    },
    { what: '2000 zombies', timeoutMs: 30_000 },
  )
  expect(rows.map(({ process, count }) => [process.name, process.state, count])).toEqual([
    ['sleep', 'sleeping', 1],
    ['sh', 'zombie', 2000],
  ])
  const told = onlooker.events.length
  await parent.stop('SIGKILL')
  await onlooker.told('container-ended')
  expect(onlooker.events.length - told).toBeLessThan(10)
})
