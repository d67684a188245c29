import type { JSX } from 'preact'
import type { Container } from '#topz/model/table.ts'
import { toneOf } from '#topz/model/tone.ts'
import { bytes, word } from '#topz/views/format.ts'

/** From what stays to what goes first when memory runs short. */
const parts = [
  ['memoryAnonBytes', 'anon', 'programs'],
  ['memoryShmemBytes', 'shmem', 'shared memory'],
  ['memoryKernelBytes', 'kernel', 'kernel'],
  ['memoryActiveFileBytes', 'active', 'files in use'],
  ['memoryInactiveFileBytes', 'inactive', 'files that can go'],
] as const satisfies readonly (readonly [keyof Container, string, string])[]

/** Whether the kernel tells what the memory is used for. */
export function hasParts(container: Container): boolean {
  return parts.some(([field]) => container[field] !== null)
}

/**
 * What counts against the memory limit, part by part, with a tick for the most it ever was. Without a
 * limit the bar ends at that tick.
 */
export function MemoryBar({ container }: { container: Container }): JSX.Element {
  const { memoryBytes, memoryLimitBytes, memoryPeakBytes, memoryUsageBytes } = container
  const known = parts
    .map(([field, name, says]) => ({ name, says, value: container[field] ?? 0 }))
    .filter(({ value }) => value > 0)
  const sum = known.reduce((total, { value }) => total + value, 0)
  const whole = memoryLimitBytes ?? Math.max(memoryPeakBytes ?? 0, memoryUsageBytes ?? 0, sum, 1)
  const share = memoryLimitBytes === null ? 0 : (memoryBytes ?? 0) / memoryLimitBytes
  const told = known.map(({ says, value }) => `${says} ${word(bytes(value))}`)
  if (memoryPeakBytes !== null) told.push(`at most ${word(bytes(memoryPeakBytes))} so far`)
  const ofLimit = memoryLimitBytes === null ? '' : `${Math.round(share * 100)} % of the limit: `
  const label = `Memory: ${ofLimit}${told.join(', ')}`
  let from = 0
  return (
    <svg
      class={`meter parts ${toneOf(share)}`}
      role="img"
      aria-label={label}
      preserveAspectRatio="none"
    >
      <title>{label}</title>
      <rect class="track" width="100%" height="100%" />
      {known.map(({ name, value }) => {
        const at = from
        from += value
        return (
          <rect
            key={name}
            class={`fill ${name}`}
            x={percentOf(at, whole)}
            width={percentOf(value, whole)}
            height="100%"
          />
        )
      })}
      {memoryPeakBytes !== null && memoryPeakBytes < whole && (
        <rect class="peak" x={percentOf(memoryPeakBytes, whole)} width="2" height="100%" />
      )}
    </svg>
  )
}

function percentOf(part: number, whole: number): string {
  return `${Math.round(Math.min(1, part / whole) * 1000) / 10}%`
}
