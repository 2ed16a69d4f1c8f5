import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AgentSummary } from '../../../contract/index.ts'
import { formatTime } from '../../format.ts'
import { rpc } from '../../rpc.ts'
import { Age } from '../../ui/age.tsx'
import { Card } from '../../ui/card.tsx'
import { Status } from '../../ui/status.tsx'
import { useNow } from '../../ui/use-now.ts'
import { agentState, isEnded, stateTone, stateWord } from './agent-state.ts'
import { Lane } from './lane.tsx'
import { inLastHour } from './overview-facts.ts'
import { segmentsOf, waitOf } from './segments.ts'

const HOUR_MS = 3_600_000
const STEP_MS = 15_000
const SHOWN = 7
const COLUMNS = 'grid grid-cols-[minmax(90px,150px)_minmax(0,1fr)_64px] items-center gap-3 px-(--inset)'

const AgentLane = ({ agent, now }: { agent: AgentSummary; now: number }) => {
  const { id, name, state, endedAt, exitCode, createdAt, needs } = agent
  const { data } = useQuery(rpc.agents.get.queryOptions({ input: { id } }))
  const [tone, word] = agentState(agent)
  const to = endedAt === null ? now : Date.parse(endedAt)
  return (
    <li className={`${COLUMNS} min-h-[29px] border-b border-line last:border-b-0`}>
      <Link to="/agents/$id" params={{ id }} className="min-w-0 rounded-[3px] hover:underline">
        <Status state={tone} title={word}>
          <span className="min-w-0 truncate">{name}</span>
          <span className="sr-only">, {word}</span>
        </Status>
      </Link>
      <Lane
        segments={segmentsOf(data?.timeline ?? [], to, waitOf(needs))}
        from={now - HOUR_MS}
        to={now}
        end={isEnded(state) ? { at: to, tone: stateTone(state), word: stateWord(state) } : undefined}
        label={name}
      />
      <span className="text-right font-mono text-sm whitespace-nowrap text-ink-3">
        {exitCode !== null && exitCode !== 0 ? `exit ${exitCode}` : isEnded(state) ? 'done' : <Age since={createdAt} />}
      </span>
    </li>
  )
}

/** The last hour of agents, as lines of what each of them was. */
export const LastHourCard = ({ agents }: { agents: readonly AgentSummary[] }) => {
  const now = useNow(STEP_MS) + STEP_MS
  const shown = inLastHour(agents, now, SHOWN)
  const times = [60, 45, 30, 15].map((minutes) =>
    formatTime(new Date(now - minutes * 60_000).toISOString()).slice(0, 5),
  )
  return (
    <Card
      title="Last hour"
      note="agents"
      actions={
        <Link to="/agents" className="text-sm font-medium text-accent underline-offset-2 hover:underline">
          All agents
        </Link>
      }
    >
      {shown.length === 0 ? (
        <p className="px-(--inset) py-4 text-ink-2">No agent was at work in the last hour.</p>
      ) : (
        <>
          <ul>
            {shown.map((agent) => (
              <AgentLane key={agent.id} agent={agent} now={now} />
            ))}
          </ul>
          <div className={`${COLUMNS} border-t border-line pt-1.5 pb-2`} aria-hidden="true">
            <span />
            <span className="flex justify-between text-xs text-ink-3">
              {times.map((time) => (
                <span key={time}>{time}</span>
              ))}
              <span>now</span>
            </span>
          </div>
        </>
      )}
    </Card>
  )
}
