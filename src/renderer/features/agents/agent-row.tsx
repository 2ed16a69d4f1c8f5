import { Link } from '@tanstack/react-router'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { memo } from 'react'
import type { AgentSummary } from '../../../contract/index.ts'
import { formatCount, formatMoney, formatTime } from '../../format.ts'
import { Age } from '../../ui/age.tsx'
import { Status } from '../../ui/status.tsx'
import { useMay } from '../access/use-may.ts'
import { agentState, evidenceOf, isEnded } from './agent-state.ts'
import { Choices } from './answer-box.tsx'
import { Peek } from './peek.tsx'
import { RowSpark } from './row-spark.tsx'
import { needWords } from './words.ts'

/** The same columns for the heading and for every row. On a narrow window the pictures and the runtime go. */
export const COLUMNS =
  'grid grid-cols-[20px_108px_minmax(0,1fr)_120px_64px_72px_64px_28px] items-center gap-x-3 px-(--inset) max-lg:grid-cols-[20px_108px_minmax(0,1fr)_64px_72px_28px] max-md:grid-cols-[20px_96px_minmax(0,1fr)_28px]'
export const WIDE = 'max-lg:hidden'
export const MEDIUM = 'max-md:hidden'

export type Opened = 'peek' | 'answer' | null

export interface AgentRowProps {
  agent: AgentSummary
  selected: boolean
  opened: Opened
  onSelect: (id: string, on: boolean) => void
  onOpen: (id: string, opened: Opened) => void
}

const Cost = ({ usage }: { usage: AgentSummary['usage'] }) =>
  usage.modelCalls === 0 ? (
    <span className="text-ink-3">–</span>
  ) : (
    <span
      title={`${formatCount(usage.tokensIn)} tokens in, ${formatCount(usage.tokensOut)} out, ${usage.toolCalls} tool calls`}
    >
      {formatMoney(usage.money)}
    </span>
  )

const secondWords = ({ needs, state, reason, excerpt }: AgentSummary) => {
  if (needs !== null) return needWords(needs)
  return isEnded(state) && reason !== null ? reason : excerpt
}

export const AgentRow = memo(function AgentRow({ agent, selected, opened, onSelect, onOpen }: AgentRowProps) {
  const { id, name, template, needs, runtime, usage, createdAt, endedAt } = agent
  const mayWrite = useMay('agents:write') === true
  const [tone, word] = agentState(agent)
  const isOpen = opened !== null
  const Chevron = isOpen ? ChevronDown : ChevronRight
  return (
    <div
      className={`motion border-b border-line ${selected ? 'bg-accent-bg' : 'hover:bg-hover focus-within:bg-hover'}`}
    >
      <div className={`${COLUMNS} min-h-[calc(22px+2*var(--row-y))]`}>
        <span role="cell" className="flex">
          <input
            type="checkbox"
            aria-label={`Select ${name}`}
            className="size-3.5 accent-(--accent)"
            checked={selected}
            onChange={(event) => onSelect(id, event.target.checked)}
          />
        </span>
        <span role="cell">
          <Status state={tone} title={evidenceOf(agent, formatTime)}>
            {word}
          </Status>
        </span>
        <span role="rowheader" className="flex min-w-0 items-center gap-2">
          <Link
            to="/agents/$id"
            params={{ id }}
            data-row={id}
            className="max-w-[40%] flex-none truncate rounded-[3px] font-[600] hover:underline max-md:max-w-full max-md:flex-initial"
          >
            {name}
          </Link>
          <span className={`flex-none text-sm text-ink-2 ${MEDIUM}`}>{template}</span>
          <span className={`min-w-0 truncate text-sm text-ink-2 ${MEDIUM}`}>{secondWords(agent)}</span>
          {mayWrite && needs !== null && !isOpen && (
            <span className="ml-auto flex flex-none gap-1.5 max-lg:hidden">
              <Choices id={id} need={{ ...needs, choices: needs.choices.slice(0, 3) }} size="s" />
            </span>
          )}
        </span>
        <span role="cell" className={WIDE}>
          {isEnded(agent.state) ? <span className="text-ink-3">–</span> : <RowSpark id={id} />}
        </span>
        <span role="cell" className={`text-right font-mono text-sm text-ink-2 ${MEDIUM}`}>
          <Cost usage={usage} />
        </span>
        <span role="cell" className={`text-right font-mono text-sm whitespace-nowrap text-ink-2 ${MEDIUM}`}>
          <Age since={needs?.since ?? createdAt} until={endedAt} />
        </span>
        <span role="cell" className={`text-sm text-ink-2 ${WIDE}`}>
          {runtime ?? '–'}
        </span>
        <span role="cell">
          <button
            type="button"
            aria-expanded={isOpen}
            aria-label={`${needs === null ? 'Peek at' : 'Answer'} ${name}`}
            className="grid size-6 place-items-center rounded-s text-ink-3 hover:text-ink"
            onClick={() => onOpen(id, isOpen ? null : needs === null ? 'peek' : 'answer')}
          >
            <Chevron aria-hidden="true" className="size-4" />
          </button>
        </span>
      </div>
      {isOpen && (
        <div role="cell" className="pr-(--inset) pl-[calc(var(--inset)+32px)]">
          <Peek agent={agent} answering={opened === 'answer'} />
        </div>
      )}
    </div>
  )
})
