import { useMutation, useQuery } from '@tanstack/react-query'
import type { ApiKey, Backup } from '../../../contract/index.ts'
import { toFailure } from '../../errors.ts'
import { formatBytes, formatFullTime } from '../../format.ts'
import { client, rpc } from '../../rpc.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { toast } from '../../ui/toast-store.ts'
import { lostKeys, returningKeys } from './what-goes.ts'

const undoRestore = async (undo: Backup) => {
  try {
    await client.system.restore({ name: undo.name })
    toast({ tone: 'ok', title: 'Undone', detail: 'Everything is as it was before the restore.' })
  } catch (error) {
    const { message, hint } = toFailure(error)
    toast({ tone: 'bad', title: message, detail: hint })
  }
}

const Names = ({ keys }: { keys: readonly ApiKey[] }) => (
  <b className="font-[620] text-ink">{keys.map((key) => key.name).join(', ')}</b>
)

export const RestoreDialog = ({ backup, onClose }: { backup: Backup; onClose: () => void }) => {
  const keys = useQuery(rpc.access.keys.list.queryOptions({ input: { revoked: true } }))
  const lost = lostKeys(keys.data?.items ?? [], backup)
  const returning = returningKeys(keys.data?.items ?? [], backup)
  const restore = useMutation(
    rpc.system.restore.mutationOptions({
      onSuccess: ({ restored, undo }) => {
        onClose()
        toast({
          tone: 'ok',
          title: 'Backup restored',
          detail: `${restored.name}. The state before is kept as ${undo.name}.`,
          action: { label: 'Undo', run: () => void undoRestore(undo) },
        })
      },
    }),
  )
  return (
    <ConfirmDialog
      title="Restore this backup?"
      action={restore.isPending ? 'Restoring' : 'Restore'}
      busy={restore.isPending}
      error={restore.error}
      onConfirm={() => restore.mutate({ name: backup.name })}
      onClose={onClose}
    >
      <p>
        <code className="font-mono text-sm text-ink wrap-anywhere">{backup.name}</code> ({formatBytes(backup.bytes)})
        takes the place of the database.
      </p>
      <p>What was recorded after {formatFullTime(backup.at)} goes:</p>
      <ul className="grid list-disc gap-1 pl-5">
        <li>the audit entries since then</li>
        {lost.length > 0 && (
          <li>
            the API keys made since then, which stop working: <Names keys={lost} />
          </li>
        )}
        {returning.length > 0 && (
          <li>
            the revocation of keys, which work again: <Names keys={returning} />
          </li>
        )}
        {keys.isSuccess && lost.length === 0 && returning.length === 0 && (
          <li>no API key: none was made or revoked since then</li>
        )}
      </ul>
      <p>The present state is backed up first, so this can be undone. Settings are not touched.</p>
    </ConfirmDialog>
  )
}
