import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Agent } from '../../../contract/index.ts'
import { formatTime } from '../../format.ts'
import { rpc } from '../../rpc.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Failed } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { useMay } from '../access/use-may.ts'
import { isEnded } from './agent-state.ts'
import { budgetWords } from './budget.ts'
import { networkWords } from './words.ts'

const Pairs = ({ children }: { children: ReactNode }) => (
  <dl className="grid gap-1 px-(--inset) py-2.5 text-sm">{children}</dl>
)

/** Values that are sentences go under their name. */
const LONG = 26

const Pair = ({ name, long = false, children }: { name: string; long?: boolean; children: ReactNode }) => (
  <div className={long ? '' : 'flex justify-between gap-3'}>
    <dt className="text-ink-2">{name}</dt>
    <dd className={`font-[550] wrap-anywhere ${long ? '' : 'text-right'}`}>{children}</dd>
  </div>
)

/** How well it is closed in, as read from what runs; read anew when somebody wants to know. */
export const SandboxCard = ({ agent }: { agent: Agent }) => {
  const { id, state, isolation } = agent
  const again = useQuery({ ...rpc.agents.isolation.queryOptions({ input: { id } }), enabled: false })
  const facts = again.data?.items ?? isolation
  const isAlive = !isEnded(state)
  return (
    <Card
      title="Sandbox"
      note={again.data === undefined ? 'read when it started' : 'read just now'}
      actions={
        isAlive && facts.length > 0 ? (
          <Button size="s" look="quiet" busy={again.isFetching} onClick={() => void again.refetch()}>
            Read again
          </Button>
        ) : undefined
      }
    >
      {again.error !== null && <Failed error={again.error} />}
      {facts.length === 0 ? (
        <p className="px-(--inset) py-3 text-sm text-ink-2">
          {isAlive ? 'Read from its box as soon as that runs.' : 'Its box never ran.'}
        </p>
      ) : (
        <Pairs>
          {facts.map(({ name, value, ok }) => (
            <Pair key={name} name={name} long={value.length > LONG}>
              <Status state={ok ? 'ok' : 'bad'}>
                <span className="text-left whitespace-normal">{value}</span>
                {!ok && <span className="sr-only">: weaker than it should be</span>}
              </Status>
            </Pair>
          ))}
        </Pairs>
      )}
    </Card>
  )
}

/** What the catalogue says beyond what the agent was given: where it goes on, and what it asks about. */
const useCatalogFacts = ({ model, template }: Agent) => {
  const may = useMay('catalog:read') === true
  const { data } = useQuery({ ...rpc.catalog.get.queryOptions({ input: {} }), enabled: may })
  const fallbacks = data?.models.find(({ id }) => id === model)?.fallbacks ?? []
  const approve = data?.templates.find(({ id }) => id === template)?.approve ?? []
  return { chain: model === null ? 'none' : [model, ...fallbacks].join(' → '), approve }
}

export const AllowedCard = ({ agent }: { agent: Agent }) => {
  const { tools, network, budget, expiresAt, endedAt } = agent
  const { chain, approve } = useCatalogFacts(agent)
  return (
    <Card title="Allowed" note={`by template “${agent.template}”`}>
      <Pairs>
        <Pair name="Models">{chain}</Pair>
        <Pair name="Tools">{tools.length === 0 ? 'none' : tools.join(', ')}</Pair>
        {approve.length > 0 && <Pair name="Asks before">{approve.join(', ')}</Pair>}
        <Pair name="Network">{networkWords(network)}</Pair>
        <Pair name="Budget">{budgetWords(budget)}</Pair>
        <Pair name={endedAt === null ? 'Ends at' : 'Ended at'}>{formatTime(endedAt ?? expiresAt)}</Pair>
      </Pairs>
    </Card>
  )
}
