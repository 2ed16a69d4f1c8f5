import type { Vitals } from '../../../contract/index.ts'
import type { State } from '../../ui/status.tsx'

const LATE_MS = 50
const STUCK_MS = 250

export const delayState = (ms: number): State => (ms >= STUCK_MS ? 'bad' : ms >= LATE_MS ? 'wait' : 'ok')

const SPANS = 24
const SPAN_MS = 25_000

/** The worst state of each span of the last ten minutes, oldest first; spans without a sample are off. */
export const heatOf = (samples: readonly Vitals[]): readonly State[] => {
  const end = Date.parse(samples.at(-1)?.at ?? '')
  const worst: number[] = []
  for (const sample of samples) {
    const span = SPANS - 1 - Math.floor((end - Date.parse(sample.at)) / SPAN_MS)
    if (span >= 0) worst[span] = Math.max(worst[span] ?? 0, sample.eventLoopP99Ms)
  }
  return Array.from({ length: SPANS }, (_, span) => {
    const ms = worst[span]
    return ms === undefined ? 'off' : delayState(ms)
  })
}
