import { type RefObject, useCallback, useMemo, useRef, useState } from 'react'
import type { AgentGroup } from '../../../contract/index.ts'
import { Shape } from '../../ui/status.tsx'
import { useVirtualList } from '../../ui/use-virtual-list.ts'
import { GROUPS } from './agent-state.ts'
import { AgentRow, COLUMNS, MEDIUM, type Opened, WIDE } from './agent-row.tsx'
import type { ListRow } from './list-rows.ts'
import { useAgentKeys } from './use-agent-keys.ts'

const HEADING_HEIGHT = 34
const ROW_HEIGHT = 37

const INK = { wait: 'text-wait', busy: 'text-busy', off: 'text-off', ok: 'text-ok', bad: 'text-bad' } as const

const GroupHeading = ({ row, onToggle }: { row: ListRow & { kind: 'group' }; onToggle: () => void }) => {
  const { word, tone } = GROUPS[row.group]
  return (
    <div role="rowheader" className="border-b border-line bg-panel-2 px-(--inset) py-1.5">
      <button
        type="button"
        aria-expanded={row.open}
        className={`flex min-h-5 items-center gap-1.5 rounded-[3px] text-sm font-[620] ${INK[tone]}`}
        onClick={onToggle}
      >
        <Shape state={tone} />
        {word}
        <span className="font-medium text-ink-2">{row.count.toLocaleString('en')}</span>
        {!row.open && <span className="font-normal text-ink-3">folded</span>}
      </button>
    </div>
  )
}

const ColumnNames = () => (
  <div role="rowgroup">
    <div role="row" className={`${COLUMNS} border-b border-line py-1.5 text-sm font-medium text-ink-3`}>
      <span role="columnheader">
        <span className="sr-only">Selected</span>
      </span>
      <span role="columnheader">State</span>
      <span role="columnheader">Agent</span>
      <span role="columnheader" className={WIDE} title="Processor: filled. Memory: dashed.">
        CPU, memory
      </span>
      <span role="columnheader" className={`text-right ${MEDIUM}`}>
        Cost
      </span>
      <span role="columnheader" className={`text-right ${MEDIUM}`} title="At work, waiting, or how long it ran">
        For
      </span>
      <span role="columnheader" className={WIDE}>
        Runtime
      </span>
      <span role="columnheader">
        <span className="sr-only">Peek</span>
      </span>
    </div>
  </div>
)

export interface AgentsListProps {
  rows: readonly ListRow[]
  total: number
  selected: ReadonlySet<string>
  filter: RefObject<HTMLInputElement | null>
  onToggleGroup: (group: AgentGroup) => void
  onSelect: (id: string, on: boolean) => void
  onClear: () => void
  onLogs: (id: string) => void
}

export const AgentsList = ({
  rows,
  total,
  selected,
  filter,
  onToggleGroup,
  onSelect,
  onClear,
  onLogs,
}: AgentsListProps) => {
  const box = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState<ReadonlyMap<string, Opened>>(new Map())
  const open = useCallback((id: string, how: Opened) => setOpened((former) => new Map(former).set(id, how)), [])
  const list = useVirtualList({
    count: rows.length,
    getScrollElement: () => box.current,
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    estimateSize: (index) => (rows[index]?.kind === 'group' ? HEADING_HEIGHT : ROW_HEIGHT),
    overscan: 8,
  })
  useAgentKeys(
    useMemo(
      () => ({
        rows,
        list,
        box,
        filter,
        onClear,
        onLogs,
        onSelect: (id: string) => onSelect(id, !selected.has(id)),
        onPeek: (id: string) => open(id, (opened.get(id) ?? null) === null ? 'peek' : null),
        onAnswer: (id: string) => open(id, 'answer'),
      }),
      [rows, list, filter, onClear, onLogs, onSelect, selected, open, opened],
    ),
  )
  return (
    <div role="table" aria-label="Agents" aria-rowcount={total + 1} className="flex min-h-0 flex-1 flex-col">
      <ColumnNames />
      <div ref={box} role="rowgroup" className="relative min-h-0 flex-1 overflow-y-auto">
        <div className="relative" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index]
            if (row === undefined) return null
            return (
              <div
                key={key}
                data-index={index}
                ref={list.measureElement}
                role="row"
                aria-rowindex={index + 2}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${start}px)` }}
              >
                {row.kind === 'group' ? (
                  <GroupHeading row={row} onToggle={() => onToggleGroup(row.group)} />
                ) : (
                  <AgentRow
                    agent={row.agent}
                    selected={selected.has(row.agent.id)}
                    opened={opened.get(row.agent.id) ?? null}
                    onSelect={onSelect}
                    onOpen={open}
                  />
                )}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
