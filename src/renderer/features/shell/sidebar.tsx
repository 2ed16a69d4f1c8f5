import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { rpc } from '../../rpc.ts'
import { Shape } from '../../ui/status.tsx'
import { useMay } from '../access/use-may.ts'
import { Mark } from './mark.tsx'
import { SECTIONS } from './sections.ts'
import { StateLines } from './state-lines.tsx'

/** Who waits for a person, and how many live. Nothing where there is nobody. */
const AgentCounts = () => {
  const may = useMay('agents:read') === true
  const { data } = useQuery({ ...rpc.agents.list.queryOptions({ input: { limit: 1 } }), enabled: may })
  if (data === undefined) return null
  const waiting = data.counts['needs-you']
  const alive = waiting + data.counts.working + data.counts.idle
  if (alive === 0) return null
  return (
    <span className="ml-auto flex items-center gap-2 text-sm">
      {waiting > 0 && (
        <span className="flex items-center gap-1 font-[650] text-wait">
          <Shape state="wait" />
          {waiting}
          <span className="sr-only"> need you,</span>
        </span>
      )}
      <span className="text-ink-3">
        {alive}
        <span className="sr-only"> alive</span>
      </span>
    </span>
  )
}

export const Sidebar = () => (
  <div className="flex flex-col overflow-y-auto border-r border-line bg-side px-2 py-3 max-sm:border-r-0 max-sm:border-b">
    <nav aria-label="Sections" className="grid gap-px max-sm:flex max-sm:flex-wrap">
      <p className="flex items-center gap-[9px] px-2 pt-1.5 pb-3.5 text-lg font-[650] tracking-[-0.01em] max-sm:w-full max-sm:pb-1">
        <Mark />
        Gantry
      </p>
      {SECTIONS.map(({ to, label, icon: Icon }, index) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: to === '/' }}
          title={`Ctrl+${index + 1}`}
          className="motion flex min-h-[30px] items-center gap-2.5 rounded-s px-[9px] text-ink-2 hover:text-ink aria-[current]:bg-panel-2 aria-[current]:font-[550] aria-[current]:text-ink"
        >
          <Icon aria-hidden="true" className="size-[15px] flex-none" strokeWidth={1.7} />
          {label}
          {to === '/agents' && <AgentCounts />}
        </Link>
      ))}
    </nav>
    <StateLines />
  </div>
)
