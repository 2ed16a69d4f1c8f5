import type { State } from '../../ui/status.tsx'
import { formatDuration, formatTime } from '../../format.ts'
import { type Segment, place } from './segments.ts'

const GROUND: Record<State, string> = {
  busy: 'bg-busy opacity-70',
  wait: 'bg-wait',
  ok: 'bg-ok',
  bad: 'bg-bad',
  off: 'bg-off opacity-60',
}
/** Heights differ as well: the line reads without colour. */
const HEIGHT: Record<State, string> = {
  busy: 'inset-y-0.5',
  wait: 'inset-y-0',
  ok: 'inset-y-0',
  bad: 'inset-y-0',
  off: 'inset-y-1',
}

export interface LaneProps {
  segments: readonly Segment[]
  from: number
  to: number
  /** How it ended, where it did within the line. */
  end?: { at: number; tone: State; word: string } | undefined
  label: string
}

const wordsOf = ({ word, from, to }: Segment) =>
  `${word} for ${formatDuration((to - from) / 1000)}, from ${formatTime(new Date(from).toISOString())}`

export const Lane = ({ segments, from, to, end, label }: LaneProps) => (
  <div
    role="img"
    aria-label={`${label}: ${segments.map(wordsOf).join('; ')}${end === undefined ? '' : `; ${end.word}`}`}
    className="relative h-3 overflow-hidden rounded-[3px] bg-panel-2"
  >
    {place(segments, from, to).map((segment) => (
      <i
        key={segment.from}
        title={wordsOf(segment)}
        className={`absolute rounded-[3px] ${GROUND[segment.tone]} ${HEIGHT[segment.tone]}`}
        style={{ left: `${segment.left}%`, width: `${segment.width}%` }}
      />
    ))}
    {end !== undefined && end.at >= from && (
      <i
        title={end.word}
        className={`absolute inset-y-0 w-1.5 rounded-[3px] ${GROUND[end.tone]}`}
        style={{ left: `min(${((end.at - from) / (to - from)) * 100}%, calc(100% - 6px))` }}
      />
    )}
  </div>
)
