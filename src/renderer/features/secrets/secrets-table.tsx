import type { SecretInfo } from '../../../contract/index.ts'
import { Button } from '../../ui/button.tsx'
import { Status } from '../../ui/status.tsx'
import { ROW, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

const COLUMNS = [
  { name: 'Name' },
  { name: 'State' },
  { name: 'Kept in' },
  { name: 'Last set' },
  { name: 'Actions', hidden: true },
] as const

const PLACES = {
  keychain: 'the keychain of this machine',
  file: 'a file that only you can read',
  environment: 'the environment of Gantry',
} as const satisfies Record<SecretInfo['kept'], string>

export interface SecretsTableProps {
  secrets: readonly SecretInfo[]
  onSet: ((name: string) => void) | undefined
  onForget: ((name: string) => void) | undefined
}

export const SecretsTable = ({ secrets, onSet, onForget }: SecretsTableProps) => (
  <Table label="Secrets" columns={COLUMNS}>
    {secrets.map(({ name, kept, usable, updatedAt }) => (
      <tr key={name} className={ROW}>
        <th scope="row" className="cell font-mono text-sm font-normal wrap-anywhere">
          {name}
        </th>
        <td className="cell">
          <Status state={usable ? 'ok' : 'bad'}>{usable ? 'Usable' : 'Cannot be opened'}</Status>
        </td>
        <td className="cell text-ink-2">{PLACES[kept]}</td>
        <td className="cell text-ink-2">
          {updatedAt === null ? <span className="text-ink-3">–</span> : <Time at={updatedAt} />}
        </td>
        <td className="cell text-right">
          <span className="inline-flex gap-1.5">
            {onSet !== undefined && kept !== 'environment' && (
              <Button size="s" data-row={name} aria-label={`Replace ${name}`} onClick={() => onSet(name)}>
                Replace
              </Button>
            )}
            {onForget !== undefined && kept !== 'environment' && (
              <Button size="s" aria-label={`Forget ${name}`} onClick={() => onForget(name)}>
                Forget
              </Button>
            )}
          </span>
        </td>
      </tr>
    ))}
  </Table>
)
