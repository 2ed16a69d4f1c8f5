import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { toFailure } from '../../errors.ts'
import { rpc } from '../../rpc.ts'
import { toast } from '../../ui/toast-store.ts'

const toastFailure = (error: unknown) => {
  const { message, hint } = toFailure(error)
  toast({ tone: 'bad', title: message, detail: hint })
}

export const usePause = () => useMutation(rpc.agents.pause.mutationOptions({ onError: toastFailure }))
export const useResume = () => useMutation(rpc.agents.resume.mutationOptions({ onError: toastFailure }))
export const useSend = () => useMutation(rpc.agents.sendInput.mutationOptions({ onError: toastFailure }))

/** The sample that works with nothing installed. */
export const useRunHello = () => {
  const navigate = useNavigate()
  const create = useMutation(
    rpc.agents.create.mutationOptions({
      onError: toastFailure,
      onSuccess: ({ id }) => void navigate({ to: '/agents/$id', params: { id } }),
    }),
  )
  return { isPending: create.isPending, run: () => create.mutate({ template: 'hello' }) }
}
