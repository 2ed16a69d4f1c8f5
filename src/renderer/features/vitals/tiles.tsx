import type { Vitals } from '../../../contract/index.ts'
import { formatBytes, formatDuration, formatNumber, formatTime } from '../../format.ts'
import { Sparkline } from '../../ui/sparkline.tsx'
import type { State } from '../../ui/status.tsx'
import { Tile } from '../../ui/tile.tsx'
import { useInfo, useUptimeSeconds } from '../health/use-health.ts'
import { delayState, heatOf } from './heat.ts'
import { useVitals } from './vitals-store.ts'

interface Measure {
  title: string
  value: (sample: Vitals) => number
  format: (value: number) => string
  note: (values: readonly number[]) => string
  state?: (value: number) => State
  /** The smallest top of the picture, so that noise near zero does not look like a storm. */
  ceiling?: number
  /** Sizes move little: drawn from somewhat below the smallest, their change can be seen. */
  fromLowest?: boolean
}

const peak = (format: (value: number) => string) => (values: readonly number[]) => `peak ${format(Math.max(...values))}`
const delay = (value: number) => `${formatNumber(value)} ms`
const percent = (value: number) => `${formatNumber(value)} %`

const MEASURES: readonly Measure[] = [
  {
    title: 'Event loop delay, p99',
    value: (s) => s.eventLoopP99Ms,
    format: delay,
    note: peak(delay),
    state: delayState,
    ceiling: 10,
  },
  { title: 'CPU', value: (s) => s.cpuPercent, format: percent, note: () => 'of one core', ceiling: 10 },
  { title: 'Memory', value: (s) => s.memoryBytes, format: formatBytes, note: peak(formatBytes), fromLowest: true },
  {
    title: 'Operations a second',
    value: (s) => s.operationsPerSecond,
    format: formatNumber,
    note: peak(formatNumber),
    ceiling: 5,
  },
  { title: 'Store', value: (s) => s.storeBytes, format: formatBytes, note: () => 'on disk', fromLowest: true },
]

const spanSeconds = (samples: readonly Vitals[]): number =>
  (Date.parse(samples.at(-1)?.at ?? '') - Date.parse(samples[0]?.at ?? '')) / 1000

const MeasureTile = ({ measure, samples }: { measure: Measure; samples: readonly Vitals[] }) => {
  const { title, format, note, ceiling = 0, fromLowest = false, state } = measure
  const values = samples.map(measure.value)
  const last = values.at(-1)
  if (last === undefined)
    return (
      <Tile title={title} value="–" note="">
        <Sparkline values={[]} label={`${title}: no samples yet`} />
      </Tile>
    )
  return (
    <Tile title={title} value={format(last)} note={note(values)}>
      <Sparkline
        values={values}
        tone={state?.(last) ?? 'busy'}
        ceiling={ceiling}
        floor={fromLowest ? Math.min(...values) * 0.9 : 0}
        label={`${title}, the last ${formatDuration(spanSeconds(samples))}: now ${format(last)}, lowest ${format(Math.min(...values))}, highest ${format(Math.max(...values))}`}
      />
    </Tile>
  )
}

const HEAT_INK: Record<State, string> = {
  ok: 'bg-ok opacity-60',
  wait: 'bg-wait',
  bad: 'bg-bad',
  busy: 'bg-busy',
  off: 'bg-line-strong opacity-60',
}
/** Unwell bars are taller too: the strip reads without colour. */
const HEAT_HEIGHT: Record<State, string> = { ok: 'h-3', wait: 'h-4', bad: 'h-5', busy: 'h-3', off: 'h-3' }

const UptimeTile = ({ samples }: { samples: readonly Vitals[] }) => {
  const seconds = useUptimeSeconds()
  const { data } = useInfo()
  const heat = heatOf(samples)
  const late = heat.filter((state) => state === 'wait' || state === 'bad').length
  return (
    <Tile
      title="Uptime"
      value={seconds === undefined ? '–' : formatDuration(seconds)}
      note={data === undefined ? '' : `since ${formatTime(data.startedAt).slice(0, -3)}`}
    >
      <div
        role="img"
        aria-label={`Responsiveness in the last ten minutes: ${late === 0 ? 'never late' : `late in ${late} of ${heat.length} spans`}`}
        className="flex h-[38px] items-end gap-0.5 px-(--inset) pb-2.5"
      >
        {heat.map((state, index) => (
          <i key={index} className={`flex-1 rounded-[2px] ${HEAT_INK[state]} ${HEAT_HEIGHT[state]}`} />
        ))}
      </div>
    </Tile>
  )
}

export const VitalTiles = () => {
  const samples = useVitals()
  return (
    <section aria-labelledby="vitals">
      <h2 id="vitals" className="sr-only">
        Vitals
      </h2>
      <ul className="grid grid-cols-[repeat(auto-fit,minmax(158px,1fr))] gap-3">
        <UptimeTile samples={samples} />
        {MEASURES.map((measure) => (
          <MeasureTile key={measure.title} measure={measure} samples={samples} />
        ))}
      </ul>
    </section>
  )
}
