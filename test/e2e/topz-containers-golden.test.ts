import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { systemClock } from '#kit/clock.ts'
import { recordedProc } from '#test/fixtures/recorded-proc.ts'
import { tableOf } from '#topz/model/table-of.ts'
import type { Sample, SampledContainer } from '#topz/sample/sample.ts'
import { Sampler } from '#topz/sample/sampler.ts'

const folder = fileURLToPath(new URL('../golden/topz/', import.meta.url))
const trees = readdirSync(folder).filter((name) => name.endsWith('.txt'))

/** All that is known of the containers, as text to compare with what a tree expects. */
function described(sample: Sample): string {
  const table = tableOf({ previous: null, current: sample })
  const byKey = new Map(sample.containers.map((container) => [container.key, container]))
  const containers = table.containers.map(({ key, kind, label, processes }) => {
    const container = byKey.get(key)
    if (container === undefined) throw new Error(`Cannot describe ${label}: no sample has it`)
    const head = `${kind} ${label}: processes ${processes}, key ${key.slice(0, 12)}`
    return `${head}\n${figuresOf(container)}`
  })
  return `pod ${table.podUid}\n${containers.join('')}`
}

function figuresOf({ figures, limitsFrom }: SampledContainer): string {
  const f = figures
  return `  limits of ${limitsFrom}: cpu ${f.cpuLimitMillicores}, memory ${f.memoryLimitBytes}, pids ${f.pidsLimit}
  cpu ${f.cpuSeconds} s, throttled ${f.throttledPeriods} of ${f.cpuPeriods} periods, ${f.throttledSeconds} s
  memory ${f.memoryBytes} of usage ${f.memoryUsageBytes}, peak ${f.memoryPeakBytes}
  anon ${f.memoryAnonBytes}, shmem ${f.memoryShmemBytes}, kernel ${f.memoryKernelBytes}
  file: active ${f.memoryActiveFileBytes}, inactive ${f.memoryInactiveFileBytes}
  oom kills ${f.oomKills}, limit hits ${f.memoryLimitHits}, pids ${f.pids}
  waited: cpu ${f.cpuPressureSeconds} s, memory ${f.memoryPressureSeconds} s, io ${f.ioPressureSeconds} s
  disk: read ${f.diskReadBytes}, written ${f.diskWrittenBytes}
`
}

for (const name of trees) {
  test(`${name.replace('.txt', '')}: each container is known by its name, limits and figures`, async () => {
    await using recorded = recordedProc(`${folder}${name}`)
    const sampler = new Sampler({ procRoot: recorded.path, clock: systemClock })
    const text = described(await sampler.take())
    sampler.close()
    expect(text).toBe(recorded.expected)
  })
}

test('there is a tree for each runtime and each form of control groups', () => {
  for (const form of ['containerd', 'crio', 'docker', 'podman', 'debug', 'v1', 'hybrid', 'host']) {
    expect(trees.filter((name) => name.includes(form))).not.toEqual([])
  }
})
