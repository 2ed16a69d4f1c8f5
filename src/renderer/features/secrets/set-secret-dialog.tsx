import { useMutation } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import { rpc } from '../../rpc.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, INPUT } from '../../ui/field.tsx'
import { Failed } from '../../ui/states.tsx'
import { toast } from '../../ui/toast-store.ts'

export interface SetSecretDialogProps {
  /** Given where the name is known: the key of a provider, or one that is replaced. */
  name?: string
  /** What it is for, in words. */
  purpose?: string
  onClose: () => void
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i

export const SetSecretDialog = ({ name: given, purpose, onClose }: SetSecretDialogProps) => {
  const [name, setName] = useState(given ?? '')
  const [value, setValue] = useState('')
  const [tried, setTried] = useState(false)
  const set = useMutation(
    rpc.secrets.set.mutationOptions({
      onSuccess: (secret) => {
        toast({
          tone: 'ok',
          title: `${secret.name} is kept`,
          detail: 'It is used where it is needed, and never shown.',
        })
        onClose()
      },
    }),
  )
  const nameProblem = NAME.test(name.trim()) ? undefined : 'Letters, digits, dot, dash and underscore.'
  const valueProblem = value.trim() === '' ? 'Paste the key.' : undefined
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setTried(true)
    if (nameProblem === undefined && valueProblem === undefined && !set.isPending)
      set.mutate({ name: name.trim(), value: value.trim() })
  }
  return (
    <Dialog
      title={given === undefined ? 'Keep a secret' : `Set the key ${given}`}
      description={purpose ?? 'It stays on this machine, and never enters a sandbox.'}
      onClose={onClose}
      width="s"
    >
      <form onSubmit={submit} className="grid gap-4" noValidate>
        {given === undefined && (
          <Field
            required
            label="Name"
            help="As openai. It is used as secret:<name>."
            error={tried ? nameProblem : undefined}
          >
            {(attributes) => (
              <input
                {...attributes}
                className={INPUT}
                autoComplete="off"
                spellCheck={false}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
        )}
        <Field required label="Value" error={tried ? valueProblem : undefined}>
          {(attributes) => (
            <input
              {...attributes}
              type="password"
              className={INPUT}
              autoComplete="off"
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
          )}
        </Field>
        {set.error !== null && <Failed error={set.error} inset={false} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={set.isPending}>
            {set.isPending ? 'Keeping' : 'Keep'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
