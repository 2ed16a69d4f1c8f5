import { type PointerEvent, useState } from 'react'
import { formatTime } from '../format.ts'
import { Sparkline } from './sparkline.tsx'
import type { State } from './status.tsx'

export interface Point {
  at: string
  value: number
}

export interface ChartProps {
  title: string
  points: readonly Point[]
  format: (value: number) => string
  tone?: State
  /** Said after the value, such as its limit. */
  note?: string
  ceiling?: number
}

const SLOTS = 30

/** A picture of the last minutes. Pointing at it says when, and how much it was then. */
export const Chart = ({ title, points, format, tone = 'busy', note = '', ceiling = 0 }: ChartProps) => {
  const [pointed, setPointed] = useState<number | null>(null)
  const values = points.map(({ value }) => value)
  const last = points.at(-1)
  const slots = Math.max(points.length, SLOTS) - 1
  const at = pointed === null ? undefined : points[pointed]
  const shown = at ?? last
  if (shown === undefined) return null
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    const slot = Math.round(((event.clientX - left) / width) * slots)
    setPointed(Math.max(points.length - 1 - slots + slot, 0))
  }
  return (
    <div>
      <div className="mt-1.5 mb-1 flex justify-between gap-2 text-sm">
        <span className="text-ink-2">{at === undefined ? title : `${title}, ${formatTime(at.at)}`}</span>
        <span className="whitespace-nowrap">
          <b className="font-[550]">{format(shown.value)}</b> {note}
        </span>
      </div>
      <div className="relative" onPointerMove={point} onPointerLeave={() => setPointed(null)}>
        <Sparkline
          values={values}
          tone={tone}
          ceiling={ceiling}
          label={`${title}: now ${format(last?.value ?? 0)}, lowest ${format(Math.min(...values))}, highest ${format(Math.max(...values))}`}
        />
        {pointed !== null && (
          <i
            aria-hidden="true"
            className="pointer-events-none absolute inset-y-0 w-px bg-ink-3"
            style={{ left: `${((slots - (points.length - 1 - pointed)) / slots) * 100}%` }}
          />
        )}
      </div>
    </div>
  )
}
