import { useMutation, useQuery } from '@tanstack/react-query'
import { Suspense, lazy, useRef, useState } from 'react'
import type { Backup } from '../../../contract/index.ts'
import { formatBytes } from '../../format.ts'
import { rpc } from '../../rpc.ts'
import { toFailure } from '../../errors.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { QueryView } from '../../ui/query-view.tsx'
import { Empty } from '../../ui/states.tsx'
import { ROW, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { toast } from '../../ui/toast-store.ts'
import { useMay } from '../access/use-may.ts'

const RestoreDialog = lazy(async () => ({ default: (await import('./restore-dialog.tsx')).RestoreDialog }))

const REASONS = {
  manual: 'Made by hand',
  scheduled: 'Scheduled',
  'before-restore': 'Before a restore',
  'before-migration': 'Before an upgrade',
} as const satisfies Record<Backup['reason'], string>

const COLUMNS = [
  { name: 'Made' },
  { name: 'Why' },
  { name: 'Size', align: 'right' },
  { name: 'Actions', hidden: true },
] as const

export const BackupsCard = () => {
  const list = useQuery(rpc.system.backups.queryOptions({ input: {} }))
  const mayWrite = useMay('system:write') === true
  const mayRestore = useMay('access:write') === true
  const [chosen, setChosen] = useState<Backup | null>(null)
  const chosenButton = useRef<HTMLElement | null>(null)
  const backUp = useMutation(
    rpc.system.backup.mutationOptions({
      onSuccess: (backup) => {
        toast({ tone: 'ok', title: 'Backed up', detail: `${backup.name}, ${formatBytes(backup.bytes)}` })
        void list.refetch()
      },
      onError: (error) => {
        const { message, hint } = toFailure(error)
        toast({ tone: 'bad', title: message, detail: hint })
      },
    }),
  )
  const backUpButton = mayWrite && (
    <Button size="s" busy={backUp.isPending} onClick={() => backUp.mutate({})}>
      {backUp.isPending ? 'Backing up' : 'Back up now'}
    </Button>
  )

  return (
    <Card title="Backups" {...(list.data === undefined ? {} : { note: list.data.items.length })} actions={backUpButton}>
      <QueryView
        query={list}
        rows={3}
        empty={{
          when: (data) => data.items.length === 0,
          show: (
            <Empty title="No backup yet">
              Back up now, or wait for the scheduled one; how often is set under Settings.
            </Empty>
          ),
        }}
      >
        {(data) => (
          <Table label="Backups" region="List of backups" className="max-h-[264px]" columns={COLUMNS}>
            {data.items.map((backup) => (
              <tr key={backup.name} className={ROW}>
                <td className="cell" title={backup.name}>
                  <Time at={backup.at} />
                </td>
                <td className="cell text-ink-2">{REASONS[backup.reason]}</td>
                <td className="cell text-right font-mono text-sm whitespace-nowrap text-ink-2">
                  {formatBytes(backup.bytes)}
                </td>
                <td className="cell text-right">
                  {mayRestore && (
                    <Button
                      size="s"
                      aria-label={`Restore ${backup.name}`}
                      onClick={(event) => {
                        chosenButton.current = event.currentTarget
                        setChosen(backup)
                      }}
                    >
                      Restore
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </QueryView>
      <Suspense>
        {chosen !== null && (
          <RestoreDialog
            backup={chosen}
            onClose={() => {
              setChosen(null)
              chosenButton.current?.focus()
            }}
          />
        )}
      </Suspense>
    </Card>
  )
}
