import { useRef, useState } from 'react'
import { NotAllowed } from '../features/access/not-allowed.tsx'
import { useMay } from '../features/access/use-may.ts'
import { AuditFilters } from '../features/audit/audit-filters.tsx'
import { AuditTable } from '../features/audit/audit-table.tsx'
import { EntryPanel } from '../features/audit/entry-panel.tsx'
import { NO_FILTER, isFiltered, useAudit } from '../features/audit/use-audit.ts'
import { useListKeys } from '../features/shell/use-list-keys.ts'
import { plural } from '../format.ts'
import { Button } from '../ui/button.tsx'
import { QueryView } from '../ui/query-view.tsx'
import { Empty, Failed, Loading } from '../ui/states.tsx'
import { useDebounced } from '../ui/use-debounced.ts'

const FILTER_AFTER_MS = 150

const EmptyTrail = ({ filtered, onClear }: { filtered: boolean; onClear: () => void }) =>
  filtered ? (
    <Empty
      title="No entry matches"
      action={
        <Button size="s" onClick={onClear}>
          Clear filters
        </Button>
      }
    />
  ) : (
    <Empty title="Nothing has been changed yet">
      Every change, and every refusal, is listed here with who did it, through which surface, and how it went. Make an
      API key or change a setting to see the first.
    </Empty>
  )

const AuditTrail = () => {
  const [filter, setFilter] = useState(NO_FILTER)
  const [selected, setSelected] = useState<number | null>(null)
  const list = useRef<HTMLDivElement>(null)
  const search = useRef<HTMLInputElement>(null)
  const trail = useAudit(useDebounced(filter, FILTER_AFTER_MS))
  useListKeys(list, search)
  const entries = trail.data?.pages.flatMap((page) => page.items) ?? []
  const entry = entries.find(({ id }) => id === selected)
  const close = () => {
    list.current?.querySelector<HTMLElement>(`[data-row="${selected}"]`)?.focus()
    setSelected(null)
  }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <AuditFilters
        filter={filter}
        inputRef={search}
        onChange={(change) => setFilter((former) => ({ ...former, ...change }))}
      />
      <div className="flex items-start gap-3 max-lg:flex-col-reverse max-lg:items-stretch">
        <section aria-labelledby="trail" ref={list} className="card min-w-0 flex-1">
          <h2 id="trail" className="sr-only">
            Entries
          </h2>
          <QueryView
            query={trail}
            rows={12}
            empty={{
              when: () => entries.length === 0,
              show: <EmptyTrail filtered={isFiltered(filter)} onClear={() => setFilter(NO_FILTER)} />,
            }}
          >
            {() => (
              <>
                <AuditTable entries={entries} selected={selected} onSelect={setSelected} />
                <div className="flex flex-wrap items-center gap-3 border-t border-line px-(--inset) py-2 text-sm text-ink-3">
                  <span>
                    {plural(entries.length, 'entry', 'entries')}
                    {trail.hasNextPage ? '' : ', all there are'}
                  </span>
                  {trail.hasNextPage && (
                    <Button size="s" busy={trail.isFetchingNextPage} onClick={() => void trail.fetchNextPage()}>
                      Load older
                    </Button>
                  )}
                </div>
                {trail.isFetchNextPageError && <Failed error={trail.error} />}
              </>
            )}
          </QueryView>
        </section>
        {entry !== undefined && <EntryPanel entry={entry} onClose={close} />}
      </div>
    </div>
  )
}

export const AuditPage = () => {
  const may = useMay('audit:read')
  if (may === undefined)
    return (
      <div className="card">
        <Loading rows={12} />
      </div>
    )
  return may ? (
    <AuditTrail />
  ) : (
    <div className="card">
      <NotAllowed what="read the audit trail" />
    </div>
  )
}
