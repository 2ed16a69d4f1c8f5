import { useQuery } from '@tanstack/react-query'
import { rpc } from '../../rpc.ts'
import { useMay } from '../access/use-may.ts'
import { AgentTiles } from './agent-tiles.tsx'
import { LastHourCard } from './last-hour-card.tsx'
import { NeedsCards } from './needs-cards.tsx'

const LOOKED_AT = 500

const useRecentAgents = () => {
  const may = useMay('agents:read') === true
  return useQuery({ ...rpc.agents.list.queryOptions({ input: { limit: LOOKED_AT } }), enabled: may })
}

/** Who needs somebody, and what runs and costs. Before the first agent there is nothing to say. */
export const AgentsNow = () => {
  const { data } = useRecentAgents()
  if (data === undefined || data.items.length === 0) return null
  return (
    <>
      <NeedsCards agents={data.items} />
      <AgentTiles agents={data.items} counts={data.counts} />
    </>
  )
}

export const AgentsLastHour = () => {
  const { data } = useRecentAgents()
  return data === undefined || data.items.length === 0 ? null : <LastHourCard agents={data.items} />
}
