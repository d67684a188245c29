import type { Trail } from './trails.ts'

export interface SparkBox {
  readonly width: number
  readonly height: number
  /** How many moments the width has room for; fewer stand at its end. */
  readonly moments: number
}

export interface Spark {
  /** SVG path of the line; empty when fewer than two moments are known. */
  readonly line: string
  /** The same down to the ground, to be filled. */
  readonly area: string
}

/**
 * A sparkline without axes: its ground is 0, its top the largest of the values and `least`, so that noise
 * about nothing stays flat. A gap in what is known is a gap in the line.
 */
export function sparkOf(trail: Trail, box: SparkBox, least: number): Spark {
  const { width, height, moments } = box
  const known = trail.filter((value) => value !== null)
  if (known.length < 2) return { line: '', area: '' }
  const top = Math.max(least, ...known)
  const step = width / Math.max(1, moments - 1)
  const x = (at: number): string => round(width - (trail.length - 1 - at) * step)
  const y = (value: number): string => round(height - (value / top) * (height - 1) - 0.5)
  let line = ''
  let area = ''
  for (const { from, values } of runsOf(trail)) {
    const points = values.map((value, index) => `${x(from + index)} ${y(value)}`)
    if (points.length < 2) continue
    line += `M${points.join('L')}`
    area += `M${x(from)} ${height}L${points.join('L')}L${x(from + points.length - 1)} ${height}Z`
  }
  return { line, area }
}

/** The stretches in which all is known. */
function runsOf(trail: Trail): { readonly from: number; readonly values: number[] }[] {
  const runs: { from: number; values: number[] }[] = []
  for (const [at, value] of trail.entries()) {
    const run = runs.at(-1)
    if (value === null) continue
    if (run !== undefined && run.from + run.values.length === at) run.values.push(value)
    else runs.push({ from: at, values: [value] })
  }
  return runs
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10)
}
