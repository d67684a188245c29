import type { JSX } from 'preact'
import { sparkOf } from '../spark.ts'
import type { Trail } from '../trails.ts'

interface SparklineProps {
  readonly trail: Trail
  /** What is drawn as full height at least: see `sparkOf`. */
  readonly least: number
  readonly label: string
  readonly width: number
  readonly height: number
}

/** As many moments as `Recent` keeps. */
const moments = 60

/** The last minute of one figure, without axes; its value stands beside it. */
export function Sparkline(props: SparklineProps): JSX.Element {
  const { trail, least, label, width, height } = props
  const { line, area } = sparkOf(trail, { width, height, moments }, least)
  return (
    <svg
      class="spark"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      preserveAspectRatio="none"
    >
      <path class="area" d={area} />
      <path class="stroke" d={line} />
    </svg>
  )
}
