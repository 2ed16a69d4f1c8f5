import { useMutation } from '@tanstack/react-query'
import type { ApiKey } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { toast } from '../../ui/toast-store.ts'

export const RevokeDialog = ({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) => {
  const revoke = useMutation(
    rpc.access.keys.revoke.mutationOptions({
      onSuccess: (key) => {
        toast({ tone: 'ok', title: `${key.name} is revoked`, detail: 'It stopped working at once.' })
        onClose()
      },
    }),
  )
  return (
    <ConfirmDialog
      title={`Revoke ${apiKey.name}?`}
      action={revoke.isPending ? 'Revoking' : 'Revoke key'}
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate({ id: apiKey.id })}
      onClose={onClose}
    >
      <p>
        The key <b className="font-[620] text-ink">{apiKey.name}</b> (
        <code className="font-mono text-sm">{apiKey.id}</code>, {apiKey.role}) stops working at once, for good. Streams
        and MCP sessions opened with it end.
      </p>
      <p>
        {apiKey.lastUsedAt === null
          ? 'It was never used.'
          : 'What uses it will be refused until it is given another key.'}
      </p>
    </ConfirmDialog>
  )
}
