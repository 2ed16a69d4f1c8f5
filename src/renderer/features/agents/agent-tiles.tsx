import type { AgentGroup, AgentSummary } from '../../../contract/index.ts'
import { formatBytes, formatCount, formatMoney, plural } from '../../format.ts'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Tile } from '../../ui/tile.tsx'
import { useNow } from '../../ui/use-now.ts'
import { aliveOverHour, spentSoFar, today } from './overview-facts.ts'
import { sumOverAgents } from './sample-series.ts'
import { useAllSamples } from './samples.ts'

const MINUTE_MS = 60_000

export interface AgentTilesProps {
  agents: readonly AgentSummary[]
  counts: Record<AgentGroup, number>
}

/** What runs, what it uses, and what it costs. */
export const AgentTiles = ({ agents, counts }: AgentTilesProps) => {
  const now = useNow(MINUTE_MS) + MINUTE_MS
  const samples = useAllSamples()
  const alive = aliveOverHour(agents, now)
  const { ended, failed, money, tokens } = today(agents, now)
  const waiting = counts['needs-you']
  const notes = [
    waiting === 0 ? null : `${waiting} waiting`,
    `${ended} done today`,
    failed === 0 ? null : `${failed} failed`,
  ].filter((note) => note !== null)
  const rate = sumOverAgents(samples, (sample) => sample.tokensPerMinute)
  const memory = sumOverAgents(samples, (sample) => sample.memoryBytes)
  return (
    <section aria-labelledby="agent-tiles">
      <h2 id="agent-tiles" className="sr-only">
        Agents
      </h2>
      <ul className="grid grid-cols-[repeat(auto-fit,minmax(190px,1fr))] gap-3">
        <Tile title="Agents working" value={String(counts.working)} note={notes.join(' · ')}>
          <Sparkline
            values={alive}
            label={`Agents alive over the last hour: now ${alive.at(-1) ?? 0}, at most ${Math.max(...alive)}`}
            ceiling={2}
          />
        </Tile>
        <Tile title="Tokens a minute" value={formatCount(rate.at(-1) ?? 0)} note={`${formatCount(tokens)} today`}>
          <Sparkline
            values={rate}
            label={`Tokens a minute: now ${formatCount(rate.at(-1) ?? 0)}`}
            tone="busy"
            ceiling={100}
          />
        </Tile>
        <Tile
          title="Memory of agents"
          value={formatBytes(memory.at(-1) ?? 0)}
          note={`of ${plural(counts.working + counts.idle + waiting, 'agent')}`}
        >
          <Sparkline
            values={memory}
            label={`Memory of all agents: now ${formatBytes(memory.at(-1) ?? 0)}`}
            tone="ok"
            ceiling={16 * 1024 * 1024}
          />
        </Tile>
        <Tile title="Spent today" value={formatMoney(money)} note="by the agents of today">
          <Sparkline
            values={spentSoFar(agents, now)}
            label={`Spent by the agents of today, one after another: ${formatMoney(money)}`}
            tone="wait"
            ceiling={0.01}
          />
        </Tile>
      </ul>
    </section>
  )
}
