import { useMutation } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import type { Role } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, INPUT } from '../../ui/field.tsx'
import { Failed } from '../../ui/states.tsx'
import { NewSecret } from './new-secret.tsx'

const ROLES = {
  client: 'For MCP clients and other programs: sees how Gantry is and uses what it offers.',
  viewer: 'Looks at everything, changes nothing.',
  operator: 'Runs things and changes settings, but manages no keys.',
  admin: 'May do everything, also make and revoke keys.',
} as const satisfies Record<Role, string>

const EXPIRIES = [
  { days: undefined, name: 'Never' },
  { days: 7, name: '7 days' },
  { days: 30, name: '30 days' },
  { days: 90, name: '90 days' },
  { days: 365, name: 'One year' },
] as const

const isRole = (value: string): value is Role => Object.hasOwn(ROLES, value)

export const CreateKeyDialog = ({ onClose }: { onClose: () => void }) => {
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('client')
  const [days, setDays] = useState('')
  const [problem, setProblem] = useState<string>()
  const create = useMutation(rpc.access.keys.create.mutationOptions())

  if (create.data !== undefined)
    return <NewSecret apiKey={create.data.key} secret={create.data.secret} onClose={onClose} />

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const given = name.trim()
    setProblem(given === '' ? 'Give it a name, to know it again.' : undefined)
    if (given !== '' && !create.isPending)
      create.mutate({ name: given, role, ...(days === '' ? {} : { expiresInDays: Number(days) }) })
  }
  return (
    <Dialog title="Create an API key" onClose={onClose} width="s">
      <form onSubmit={submit} className="grid gap-4" noValidate>
        <Field required label="Name" help="What will use it, such as “laptop cron”." error={problem}>
          {(attributes) => (
            <input
              {...attributes}
              className={INPUT}
              value={name}
              maxLength={80}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field required label="Role" help={ROLES[role]}>
          {(attributes) => (
            <select
              {...attributes}
              className={INPUT}
              value={role}
              onChange={(event) => isRole(event.target.value) && setRole(event.target.value)}
            >
              {Object.keys(ROLES).map((option) => (
                <option key={option}>{option}</option>
              ))}
            </select>
          )}
        </Field>
        <Field required label="Expires">
          {(attributes) => (
            <select {...attributes} className={INPUT} value={days} onChange={(event) => setDays(event.target.value)}>
              {EXPIRIES.map((expiry) => (
                <option key={expiry.name} value={expiry.days ?? ''}>
                  {expiry.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        {create.error !== null && <Failed error={create.error} inset={false} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={create.isPending}>
            {create.isPending ? 'Creating' : 'Create key'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
