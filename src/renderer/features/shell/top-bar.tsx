import { useQuery } from '@tanstack/react-query'
import { Link, useRouterState } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { rpc } from '../../rpc.ts'
import { Kbd, MOD } from '../../ui/kbd.tsx'
import { LINK_BUTTON_PRIMARY } from '../../ui/link-button.ts'
import { useMay } from '../access/use-may.ts'
import { openPalette } from './overlay.ts'
import { SECTIONS } from './sections.ts'

const NEW_AGENT = '/agents/new'

/** `/agents/<id>`, and nothing else that begins so. */
const agentIn = (path: string): string | undefined =>
  path === NEW_AGENT ? undefined : /^\/agents\/([^/]+)$/.exec(path)?.[1]

const AgentName = ({ id }: { id: string }) => {
  const may = useMay('agents:read') === true
  const { data } = useQuery({ ...rpc.agents.get.queryOptions({ input: { id } }), enabled: may })
  return data?.name ?? id
}

const Title = ({ path }: { path: string }) => {
  const id = agentIn(path)
  if (path === NEW_AGENT || id !== undefined)
    return (
      <>
        <Link to="/agents" className="font-[450] text-ink-3 hover:text-ink">
          Agents
        </Link>{' '}
        <span className="font-[450] text-ink-3">/</span> {id === undefined ? 'New agent' : <AgentName id={id} />}
      </>
    )
  return SECTIONS.find((section) => section.to === path)?.label ?? (path === '/about' ? 'Overview' : 'Not found')
}

export const TopBar = () => {
  const path = useRouterState({ select: (state) => state.location.pathname })
  const mayStart = useMay('agents:write') === true
  return (
    <header className="flex min-h-12 items-center gap-2.5 border-b border-line px-4">
      <h1 className="max-w-[60%] flex-none truncate text-lg font-[620] tracking-[-0.01em] whitespace-nowrap">
        <Title path={path} />
      </h1>
      <button
        type="button"
        onClick={openPalette}
        aria-keyshortcuts="Control+K Meta+K F1"
        className="motion ml-auto flex min-h-[30px] w-[300px] min-w-0 items-center gap-2 rounded-s border border-line-strong bg-panel px-[9px] text-ink-3 hover:border-edge"
      >
        <Search aria-hidden="true" className="size-3.5 flex-none" />
        <span className="truncate">Find or run anything</span>
        <span className="ml-auto">
          <Kbd>{MOD} K</Kbd>
        </span>
      </button>
      {mayStart && path !== NEW_AGENT && (
        <Link to={NEW_AGENT} className={LINK_BUTTON_PRIMARY}>
          New agent
        </Link>
      )}
    </header>
  )
}
