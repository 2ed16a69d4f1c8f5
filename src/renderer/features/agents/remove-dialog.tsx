import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Agent } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { toast } from '../../ui/toast-store.ts'

export const RemoveDialog = ({ agent, onClose }: { agent: Agent; onClose: () => void }) => {
  const navigate = useNavigate()
  const remove = useMutation(
    rpc.agents.remove.mutationOptions({
      onSuccess: () => {
        toast({ tone: 'ok', title: `${agent.name} was removed` })
        void navigate({ to: '/agents' })
      },
    }),
  )
  return (
    <ConfirmDialog
      title={`Remove ${agent.name}?`}
      action={remove.isPending ? 'Removing' : 'Remove'}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ id: agent.id })}
      onClose={onClose}
    >
      <p>
        Its log and its conversation go
        {agent.patch !== null && agent.patch.appliedAt === null ? ', and the patch that nobody took over' : ''}. They
        cannot be brought back.
      </p>
    </ConfirmDialog>
  )
}
