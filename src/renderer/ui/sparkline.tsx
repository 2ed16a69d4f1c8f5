import type { State } from './status.tsx'
import { sparkPath } from './spark-path.ts'

export interface SparklineProps {
  values: readonly number[]
  label: string
  tone?: State
  /** Where the top of the picture is, if the values themselves do not say. */
  ceiling?: number
  /** From zero by default; sizes that barely move are drawn from their own smallest value. */
  floor?: number
}

const WIDTH = 240
const HEIGHT = 38
/** Two samples must not look like a trend: the width stands for a minute at least. */
const SLOTS = 30

export const Sparkline = ({ values, label, tone = 'busy', ceiling = 0, floor = 0 }: SparklineProps) => {
  const line = sparkPath(values, { width: WIDTH, height: HEIGHT, ceiling, floor, slots: SLOTS })
  const start = line.slice(1, line.indexOf(' '))
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="block h-[38px] w-full"
    >
      {line !== '' && (
        <>
          <path d={`${line}L${WIDTH} ${HEIGHT}L${start} ${HEIGHT}Z`} fill={`var(--${tone})`} opacity="0.13" />
          <path
            d={line}
            fill="none"
            stroke={`var(--${tone})`}
            strokeWidth="1.5"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        </>
      )}
    </svg>
  )
}
