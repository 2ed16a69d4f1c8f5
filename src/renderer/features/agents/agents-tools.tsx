import { useQuery } from '@tanstack/react-query'
import type { RefObject } from 'react'
import { rpc } from '../../rpc.ts'
import { INPUT } from '../../ui/field.tsx'
import { useMay } from '../access/use-may.ts'
import { type AgentFilter, SHOWN_GROUPS, SHOWN_STATES, type Shown, readFilter } from './filter.ts'

export interface AgentsToolsProps {
  filter: AgentFilter
  searchRef: RefObject<HTMLInputElement | null>
  onChange: (filter: AgentFilter) => void
}

export const AgentsTools = ({ filter, searchRef, onChange }: AgentsToolsProps) => {
  const mayCatalog = useMay('catalog:read') === true
  const catalog = useQuery({ ...rpc.catalog.get.queryOptions({ input: {} }), enabled: mayCatalog })
  const change = (part: Record<keyof AgentFilter, string> | Partial<Record<keyof AgentFilter, string>>) =>
    onChange(readFilter({ ...filter, ...part }))
  const templates = catalog.data?.templates.map(({ id }) => id) ?? []
  return (
    <div role="search" aria-label="Filter agents" className="flex min-w-0 flex-1 flex-wrap items-center gap-2">
      <input
        ref={searchRef}
        type="search"
        aria-label="Find agents"
        placeholder="Name, id or task"
        className={`${INPUT} max-w-[260px]`}
        value={filter.search ?? ''}
        onChange={(event) => change({ search: event.target.value })}
      />
      <select
        aria-label="State"
        className={`${INPUT} max-w-[140px]`}
        value={filter.show ?? ''}
        onChange={(event) => change({ show: event.target.value as Shown })}
      >
        <option value="">All states</option>
        <optgroup label="Groups">
          {SHOWN_GROUPS.map(({ value, word }) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </optgroup>
        <optgroup label="States">
          {SHOWN_STATES.map(({ value, word }) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </optgroup>
      </select>
      <select
        aria-label="Template"
        className={`${INPUT} max-w-[150px]`}
        value={filter.template ?? ''}
        onChange={(event) => change({ template: event.target.value })}
      >
        <option value="">All templates</option>
        {[...new Set([...templates, ...(filter.template === undefined ? [] : [filter.template])])].map((id) => (
          <option key={id}>{id}</option>
        ))}
      </select>
      <input
        aria-label="Label"
        placeholder="Label, as team=docs"
        className={`${INPUT} max-w-[160px]`}
        spellCheck={false}
        value={filter.label ?? ''}
        onChange={(event) => change({ label: event.target.value })}
      />
    </div>
  )
}
