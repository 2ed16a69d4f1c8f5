import type { State } from './status.tsx'

const GROUND: Record<State, string> = { ok: 'bg-ok', busy: 'bg-busy', wait: 'bg-wait', bad: 'bg-bad', off: 'bg-off' }

export interface MeterProps {
  label: string
  /** From 0 to 1. */
  share: number
  /** The value as it is said. */
  words: string
  tone?: State
}

export const Meter = ({ label, share, words, tone = 'busy' }: MeterProps) => (
  <div
    role="meter"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={100}
    aria-valuenow={Math.round(share * 100)}
    aria-valuetext={words}
    className="h-[5px] overflow-hidden rounded-[3px] bg-line"
  >
    <i className={`block h-full ${GROUND[tone]}`} style={{ width: `${share * 100}%` }} />
  </div>
)
