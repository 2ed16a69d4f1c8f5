import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Suspense, lazy, useCallback, useMemo, useRef, useState } from 'react'
import type { AgentGroup } from '../../contract/index.ts'
import { NotAllowed } from '../features/access/not-allowed.tsx'
import { useMay } from '../features/access/use-may.ts'
import { AgentsList } from '../features/agents/agents-list.tsx'
import { AgentsTools } from '../features/agents/agents-tools.tsx'
import { type AgentFilter, isFiltered, toListInput } from '../features/agents/filter.ts'
import { listRows } from '../features/agents/list-rows.ts'
import { NoAgents } from '../features/agents/no-agents.tsx'
import { plural } from '../format.ts'
import { rpc } from '../rpc.ts'
import { Button } from '../ui/button.tsx'
import { QueryView } from '../ui/query-view.tsx'
import { Empty, Loading } from '../ui/states.tsx'
import { useDebounced } from '../ui/use-debounced.ts'

const BulkDialog = lazy(async () => ({ default: (await import('../features/agents/bulk-dialog.tsx')).BulkDialog }))

const FILTER_AFTER_MS = 150
const NOBODY: ReadonlySet<string> = new Set()

const useSelection = () => {
  const [selected, setSelected] = useState(NOBODY)
  const select = useCallback(
    (id: string, on: boolean) =>
      setSelected((former) => {
        const next = new Set(former)
        if (on) next.add(id)
        else next.delete(id)
        return next
      }),
    [],
  )
  return { selected, select, setSelected, clear: useCallback(() => setSelected(NOBODY), []) }
}

const useClosedGroups = () => {
  const [closed, setClosed] = useState<ReadonlySet<AgentGroup>>(new Set())
  const toggle = useCallback(
    (group: AgentGroup) =>
      setClosed((former) => {
        const next = new Set(former)
        if (!next.delete(group)) next.add(group)
        return next
      }),
    [],
  )
  return { closed, toggle }
}

const AgentsPageInside = () => {
  const filter = useSearch({ from: '/agents' })
  const navigate = useNavigate()
  const mayWrite = useMay('agents:write') === true
  const agents = useQuery(
    rpc.agents.list.queryOptions({
      input: toListInput(useDebounced(filter, FILTER_AFTER_MS)),
      placeholderData: (former) => former,
    }),
  )
  const searchRef = useRef<HTMLInputElement>(null)
  const { selected, select, setSelected, clear } = useSelection()
  const { closed, toggle } = useClosedGroups()
  const [stopping, setStopping] = useState<readonly string[] | null>(null)
  const items = agents.data?.items
  const rows = useMemo(
    () => listRows(items ?? [], agents.data?.counts ?? {}, closed),
    [items, agents.data?.counts, closed],
  )
  const change = useCallback(
    (next: AgentFilter) => void navigate({ to: '/agents', search: next, replace: true }),
    [navigate],
  )
  const openLogs = useCallback((id: string) => void navigate({ to: '/agents/$id', params: { id } }), [navigate])
  const shownIds = items?.map(({ id }) => id) ?? []
  const chosen = shownIds.filter((id) => selected.has(id))

  return (
    <div className="flex h-full min-h-[320px] flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <AgentsTools filter={filter} searchRef={searchRef} onChange={change} />
        <span className="ml-auto flex items-center gap-2">
          {chosen.length > 0 && (
            <>
              <span role="status" className="text-ink-2">
                {chosen.length.toLocaleString('en')} selected
              </span>
              <Button size="s" onClick={clear}>
                Clear
              </Button>
              {mayWrite && (
                <Button size="s" look="danger" onClick={() => setStopping(chosen)}>
                  Stop…
                </Button>
              )}
            </>
          )}
          {chosen.length === 0 && shownIds.length > 0 && (
            <Button size="s" look="quiet" onClick={() => setSelected(new Set(shownIds))}>
              Select all
            </Button>
          )}
        </span>
      </div>
      <section aria-label="List of agents" className="card flex min-h-0 flex-1 flex-col overflow-hidden">
        <QueryView
          query={agents}
          rows={10}
          label="Loading agents"
          empty={{
            when: (data) => data.items.length === 0,
            show: isFiltered(filter) ? (
              <Empty
                title="No agent matches"
                action={
                  <Button size="s" onClick={() => change({})}>
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <NoAgents />
            ),
          }}
        >
          {(data) => (
            <>
              <AgentsList
                rows={rows}
                total={rows.length}
                selected={selected}
                filter={searchRef}
                onToggleGroup={toggle}
                onSelect={select}
                onClear={clear}
                onLogs={openLogs}
              />
              {data.next !== null && (
                <p className="border-t border-line px-(--inset) py-2 text-sm text-ink-2">
                  The first {plural(data.items.length, 'agent')} are shown. Narrow the list to see the others.
                </p>
              )}
            </>
          )}
        </QueryView>
      </section>
      <Suspense>
        {stopping !== null && (
          <BulkDialog
            ids={stopping}
            onClose={() => {
              setStopping(null)
              clear()
            }}
          />
        )}
      </Suspense>
    </div>
  )
}

export const AgentsPage = () => {
  const may = useMay('agents:read')
  if (may === undefined)
    return (
      <div className="card">
        <Loading rows={10} />
      </div>
    )
  return may ? (
    <AgentsPageInside />
  ) : (
    <div className="card">
      <NotAllowed what="see agents" />
    </div>
  )
}
