import { createORPCClient } from '@orpc/client'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type SubmitEvent, useState } from 'react'
import type { GantryClient } from '../../../contract/index.ts'
import { fetchLink } from '../../connection.ts'
import { toFailure } from '../../errors.ts'
import { beginSession, session } from '../../session.ts'
import { Button } from '../../ui/button.tsx'
import { Field, INPUT } from '../../ui/field.tsx'
import { useStore } from '../../ui/store.ts'
import { Mark } from '../shell/mark.tsx'

/** The key is tried before the pages are shown: a wrong one is said here, not by every card of them. */
const signIn = async (key: string) => {
  const trial: GantryClient = createORPCClient(fetchLink(() => key))
  await trial.access.whoami({})
  beginSession(key)
}

export interface LoginScreenProps {
  problem?: string | undefined
  onSignedIn?: () => void
}

export const LoginScreen = ({ problem, onSignedIn }: LoginScreenProps) => {
  const { ended } = useStore(session)
  const [key, setKey] = useState('')
  const attempt = useMutation({ mutationFn: signIn, onSuccess: () => onSignedIn?.() })
  const failure = attempt.error === null ? undefined : toFailure(attempt.error)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (key.trim() !== '') attempt.mutate(key.trim())
  }
  const notice = problem ?? ended
  return (
    <main className="mx-auto grid w-[min(420px,calc(100vw-32px))] gap-4 py-[14vh]">
      <h1 className="flex items-center gap-2.5 text-xl font-[650]">
        <Mark />
        Sign in to Gantry
      </h1>
      {notice !== null && (
        <p role="status" className="rounded-s bg-wait-bg px-3 py-2 text-wait">
          {notice}
        </p>
      )}
      <form onSubmit={submit} className="card grid gap-4 p-5">
        <Field
          required
          label="API key"
          error={failure === undefined ? undefined : [failure.message, failure.hint].filter(Boolean).join(' ')}
        >
          {(attributes) => (
            <input
              {...attributes}
              type="password"
              autoComplete="off"
              className={INPUT}
              value={key}
              onChange={(event) => setKey(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" look="primary" busy={attempt.isPending}>
          {attempt.isPending ? 'Signing in' : 'Sign in'}
        </Button>
      </form>
      <p className="text-ink-2">
        Or open a link that signs you in. On the machine that runs Gantry, make one with{' '}
        <code className="rounded-[4px] bg-panel-2 px-1 font-mono text-sm text-ink">gantry access login-link</code>.
      </p>
      <p>
        <Link to="/api" className="text-accent underline underline-offset-2">
          Read the API reference
        </Link>
      </p>
    </main>
  )
}
