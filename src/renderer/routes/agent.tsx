import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { Agent } from '../../contract/index.ts'
import { NotAllowed } from '../features/access/not-allowed.tsx'
import { useMay } from '../features/access/use-may.ts'
import { LogView } from '../features/agent-logs/log-view.tsx'
import { AgentHeader } from '../features/agents/agent-header.tsx'
import { Conversation } from '../features/agents/conversation.tsx'
import { EgressView } from '../features/agents/egress-view.tsx'
import { Given } from '../features/agents/given.tsx'
import { PatchView } from '../features/agents/patch-view.tsx'
import { AllowedCard, SandboxCard } from '../features/agents/side-cards.tsx'
import { type AgentTab } from '../features/agents/tab-names.ts'
import { TalkBar } from '../features/agents/talk-bar.tsx'
import { Timeline } from '../features/agents/timeline.tsx'
import { UseCard } from '../features/agents/use-card.tsx'
import { toFailure } from '../errors.ts'
import { rpc } from '../rpc.ts'
import { LINK_BUTTON } from '../ui/link-button.ts'
import { Empty, Failed, Loading } from '../ui/states.tsx'
import { type Tab, Tabs } from '../ui/tabs.tsx'

const tabsOf = (agent: Agent): readonly Tab<AgentTab>[] => [
  { name: 'log', label: 'Log', panel: () => <LogView id={agent.id} name={agent.name} /> },
  { name: 'conversation', label: 'Conversation', panel: () => <Conversation id={agent.id} /> },
  { name: 'timeline', label: 'Timeline', panel: () => <Timeline agent={agent} /> },
  { name: 'patch', label: 'Patch', panel: () => <PatchView agent={agent} /> },
  ...(agent.network.mode === 'egress'
    ? [{ name: 'network', label: 'Network', panel: () => <EgressView id={agent.id} /> } as const]
    : []),
  { name: 'settings', label: 'Settings', panel: () => <Given agent={agent} /> },
]

const AgentView = ({ agent }: { agent: Agent }) => {
  const { tab = 'log' } = useSearch({ from: '/agents/$id' })
  const navigate = useNavigate()
  const show = (name: AgentTab) =>
    void navigate({ to: '/agents/$id', params: { id: agent.id }, search: { tab: name }, replace: true })
  const tabs = tabsOf(agent)
  return (
    <div className="grid h-full min-h-[520px] grid-cols-[minmax(0,1fr)_316px] grid-rows-[auto_minmax(0,1fr)] gap-3 max-lg:h-auto max-lg:grid-cols-[minmax(0,1fr)]">
      <div className="col-span-full">
        <AgentHeader agent={agent} onPatch={() => show('patch')} />
      </div>
      <div className="card grid min-h-0 grid-rows-[minmax(0,1fr)_auto] overflow-hidden max-lg:h-[560px]">
        <Tabs
          label="About the agent"
          tabs={tabs}
          value={tabs.some(({ name }) => name === tab) ? tab : 'log'}
          onChange={show}
        />
        <TalkBar agent={agent} />
      </div>
      <div
        role="region"
        aria-label="Facts about the agent"
        tabIndex={0}
        className="relative grid min-h-0 content-start gap-3 overflow-y-auto rounded-m max-lg:grid-cols-[repeat(auto-fit,minmax(260px,1fr))]"
      >
        <UseCard agent={agent} />
        <SandboxCard agent={agent} />
        <AllowedCard agent={agent} />
      </div>
    </div>
  )
}

const AgentById = ({ id }: { id: string }) => {
  const agent = useQuery(rpc.agents.get.queryOptions({ input: { id } }))
  if (agent.data !== undefined) return <AgentView key={id} agent={agent.data} />
  if (agent.error === null)
    return (
      <div className="card">
        <Loading rows={12} label="Loading the agent" />
      </div>
    )
  const isGone = ['E_NOT_FOUND', 'E_SCHEMA'].includes(toFailure(agent.error).code)
  return (
    <div className="card">
      {isGone ? (
        <Empty
          title="There is no such agent"
          action={
            <Link to="/agents" className={LINK_BUTTON}>
              All agents
            </Link>
          }
        >
          It may have been removed, or ended so long ago that it is no longer kept.
        </Empty>
      ) : (
        <Failed error={agent.error} onRetry={() => void agent.refetch()} />
      )}
    </div>
  )
}

export const AgentPage = () => {
  const { id } = useParams({ from: '/agents/$id' })
  const may = useMay('agents:read')
  if (may === undefined)
    return (
      <div className="card">
        <Loading rows={12} />
      </div>
    )
  return may ? (
    <AgentById id={id} />
  ) : (
    <div className="card">
      <NotAllowed what="see agents" />
    </div>
  )
}
