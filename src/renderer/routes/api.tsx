import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { OPERATIONS, matchesAll, searchText } from '../features/operations/catalogue.ts'
import { OperationEntry } from '../features/reference/operation-entry.tsx'
import { useListKeys } from '../features/shell/use-list-keys.ts'
import { plural } from '../format.ts'
import { rpc } from '../rpc.ts'
import { session } from '../session.ts'
import { surface } from '../surface.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { INPUT } from '../ui/field.tsx'
import { Empty } from '../ui/states.tsx'
import { labelOf } from '../features/operations/fields.ts'

/** The dashboard knows where it came from; the window asks where HTTP listens. */
const useOrigin = () => {
  const { data } = useQuery({
    ...rpc.system.info.queryOptions({ input: {} }),
    enabled: surface === 'window' || session.get().token !== null,
  })
  return surface === 'dashboard' ? location.origin : (data?.url ?? 'http://127.0.0.1:9090')
}

export const ApiPage = () => {
  const origin = useOrigin()
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const list = useRef<HTMLDivElement>(null)
  const filter = useRef<HTMLInputElement>(null)
  useListKeys(list, filter)
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const shown = OPERATIONS.filter((operation) =>
    matchesAll(
      words,
      `${searchText(operation)} ${operation.route} ${operation.method} ${operation.meta.permission} ${operation.path.join('_')}`,
    ),
  )
  const toggle = (name: string, isOpen: boolean) =>
    setOpen((former) => {
      const next = new Set(former)
      if (isOpen) next.add(name)
      else next.delete(name)
      return next
    })
  return (
    <div ref={list} className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <input
          ref={filter}
          type="search"
          aria-label="Filter operations"
          placeholder="Filter operations"
          className={`${INPUT} max-w-[320px]`}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <p role="status" className="text-ink-2">
          {plural(shown.length, 'operation')}
        </p>
        <p className="text-sm text-ink-3">Each is a REST call, an MCP tool, a command, and an entry of Ctrl+K.</p>
      </div>
      {shown.length === 0 && (
        <div className="card">
          <Empty
            title="No operation matches"
            action={
              <Button size="s" onClick={() => setSearch('')}>
                Clear filter
              </Button>
            }
          />
        </div>
      )}
      {[...Map.groupBy(shown, ({ path }) => path[0] ?? '')].map(([group, operations]) => (
        <Card key={group} title={labelOf(group)} note={plural(operations.length, 'operation')}>
          <ul>
            {operations.map((operation) => (
              <OperationEntry
                key={operation.name}
                operation={operation}
                origin={origin}
                open={open.has(operation.name)}
                onToggle={(isOpen) => toggle(operation.name, isOpen)}
              />
            ))}
          </ul>
        </Card>
      ))}
    </div>
  )
}
