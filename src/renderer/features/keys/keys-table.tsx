import type { ApiKey } from '../../../contract/index.ts'
import { Button } from '../../ui/button.tsx'
import { Status } from '../../ui/status.tsx'
import { ROW, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { keyState } from './key-state.ts'

const COLUMNS = [
  { name: 'Name' },
  { name: 'State' },
  { name: 'Role' },
  { name: 'Created' },
  { name: 'Last used' },
  { name: 'Expires' },
  { name: 'Actions', hidden: true },
] as const

const Maybe = ({ at, otherwise }: { at: string | null; otherwise: string }) =>
  at === null ? <span className="text-ink-3">{otherwise}</span> : <Time at={at} />

export interface KeysTableProps {
  keys: readonly ApiKey[]
  onRevoke: ((key: ApiKey) => void) | undefined
}

export const KeysTable = ({ keys, onRevoke }: KeysTableProps) => (
  <Table label="API keys" columns={COLUMNS}>
    {keys.map((key) => {
      const [state, word] = keyState(key)
      return (
        <tr key={key.id} className={ROW}>
          <th scope="row" className="cell font-normal">
            <span className="font-[550] wrap-anywhere">{key.name}</span>
            <code className="ml-2 font-mono text-xs whitespace-nowrap text-ink-3">{key.id}</code>
          </th>
          <td className="cell">
            <Status state={state}>{word}</Status>
          </td>
          <td className="cell">{key.role}</td>
          <td className="cell text-ink-2" title={`by ${key.createdBy}`}>
            <Time at={key.createdAt} />
          </td>
          <td className="cell text-ink-2">
            <Maybe at={key.lastUsedAt} otherwise="never" />
          </td>
          <td className="cell text-ink-2">
            <Maybe at={key.expiresAt} otherwise="never" />
          </td>
          <td className="cell text-right">
            <Button
              size="s"
              data-row={key.id}
              aria-label={`Revoke ${key.name}`}
              className={onRevoke === undefined || key.revokedAt !== null ? 'invisible' : ''}
              onClick={() => onRevoke?.(key)}
            >
              Revoke
            </Button>
          </td>
        </tr>
      )
    })}
  </Table>
)
