import type { AuditEntry } from '../../../contract/index.ts'
import { formatMs } from '../../format.ts'
import { ROW, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { Outcome } from './outcome.tsx'

const COLUMNS = [
  { name: 'When' },
  { name: 'Outcome' },
  { name: 'Operation' },
  { name: 'Who' },
  { name: 'Through' },
  { name: 'Detail', className: 'w-full' },
  { name: 'Took', align: 'right' },
] as const

export interface AuditTableProps {
  entries: readonly AuditEntry[]
  selected: number | null
  onSelect: (id: number) => void
}

export const AuditTable = ({ entries, selected, onSelect }: AuditTableProps) => (
  <Table label="Audit trail" columns={COLUMNS}>
    {entries.map((entry) => (
      <tr
        key={entry.id}
        className={`${ROW} ${entry.id === selected ? 'bg-accent-bg' : ''}`}
        onClick={() => onSelect(entry.id)}
      >
        <td className="cell font-mono text-sm text-ink-2">
          <Time at={entry.at} />
        </td>
        <td className="cell">
          <Outcome entry={entry} />
        </td>
        <td className="cell">
          <button
            type="button"
            data-row={entry.id}
            aria-expanded={entry.id === selected}
            className="rounded-[3px] text-left font-mono text-sm whitespace-nowrap"
            onClick={(event) => {
              event.stopPropagation()
              onSelect(entry.id)
            }}
          >
            {entry.operation}
          </button>
        </td>
        <td className="cell whitespace-nowrap">{entry.actor}</td>
        <td className="cell text-ink-2">{entry.surface}</td>
        <td className="cell max-w-0 truncate font-mono text-sm text-ink-3">{entry.code ?? entry.target}</td>
        <td className="cell text-right font-mono text-sm whitespace-nowrap text-ink-3">
          {entry.durationMs === null ? '' : formatMs(entry.durationMs)}
        </td>
      </tr>
    ))}
  </Table>
)
