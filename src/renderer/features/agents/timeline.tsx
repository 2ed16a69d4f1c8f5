import { useQuery } from '@tanstack/react-query'
import type { Agent } from '../../../contract/index.ts'
import { formatDuration, formatTime } from '../../format.ts'
import { rpc } from '../../rpc.ts'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useNow } from '../../ui/use-now.ts'
import { isEnded, stateTone, stateWord } from './agent-state.ts'
import { Lane } from './lane.tsx'
import { Proof } from './proof.tsx'
import { segmentsOf, waitsOf } from './segments.ts'

const STEP_MS = 5000

export const Timeline = ({ agent }: { agent: Agent }) => {
  const { id, timeline, state, createdAt, endedAt, stopProof } = agent
  const now = useNow(STEP_MS)
  const messages = useQuery(rpc.agents.messages.queryOptions({ input: { id } }))
  const from = Date.parse(createdAt)
  const to = Math.max(endedAt === null ? now : Date.parse(endedAt), from + 1000)
  const segments = segmentsOf(timeline, to, waitsOf(messages.data?.items ?? []))
  const end = isEnded(state) ? { at: to, tone: stateTone(state), word: stateWord(state) } : undefined
  return (
    <div
      className="relative grid h-full content-start gap-4 overflow-y-auto p-(--inset)"
      tabIndex={0}
      role="region"
      aria-label="Timeline"
    >
      <div className="grid gap-1.5">
        <Lane segments={segments} from={from} to={to} end={end} label="States" />
        <div className="flex justify-between text-xs text-ink-3">
          <span>{formatTime(createdAt)}</span>
          <span>{formatDuration((to - from) / 1000)}</span>
          <span>{endedAt === null ? 'now' : formatTime(endedAt)}</span>
        </div>
      </div>
      <ol className="grid">
        {timeline.map((transition, index) => (
          <li
            key={index}
            className="grid grid-cols-[88px_120px_minmax(0,1fr)_auto] items-baseline gap-x-3 border-b border-line py-1.5 last:border-b-0"
          >
            <span className="font-mono text-sm text-ink-2">
              <Time at={transition.at} />
            </span>
            <Status state={stateTone(transition.to)}>{stateWord(transition.to)}</Status>
            <span className="text-ink-2 wrap-anywhere">{transition.reason}</span>
            <span className="text-sm text-ink-3">{transition.actor}</span>
          </li>
        ))}
      </ol>
      {stopProof !== null && (
        <section aria-labelledby="proof" className="grid gap-2 rounded-s border border-line p-3">
          <h2 id="proof" className="font-[620]">
            Proof of stop
          </h2>
          <Proof proof={stopProof} />
        </section>
      )}
    </div>
  )
}
