import { useMutation, useQuery } from '@tanstack/react-query'
import { rpc } from '../../rpc.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { toast } from '../../ui/toast-store.ts'
import { useMay } from '../access/use-may.ts'

export const ForgetDialog = ({ name, onClose }: { name: string; onClose: () => void }) => {
  const mayCatalog = useMay('catalog:read') === true
  const catalog = useQuery({ ...rpc.catalog.get.queryOptions({ input: {} }), enabled: mayCatalog })
  const users = catalog.data?.providers.filter(({ secret }) => secret === name).map(({ title }) => title) ?? []
  const forget = useMutation(
    rpc.secrets.remove.mutationOptions({
      onSuccess: () => {
        toast({ tone: 'ok', title: `${name} was forgotten` })
        onClose()
      },
    }),
  )
  return (
    <ConfirmDialog
      title={`Forget ${name}?`}
      action={forget.isPending ? 'Forgetting' : 'Forget'}
      busy={forget.isPending}
      error={forget.error}
      onConfirm={() => forget.mutate({ name })}
      onClose={onClose}
    >
      <p>The value goes, for good. What uses it cannot go on until it is set again.</p>
      {users.length > 0 && <p>Used by the models of {users.join(', ')}.</p>}
    </ConfirmDialog>
  )
}
