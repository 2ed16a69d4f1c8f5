import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { toFailure } from '../errors.ts'
import { LoginScreen } from '../features/access/login-screen.tsx'
import { client } from '../rpc.ts'
import { beginSession } from '../session.ts'
import { Loading } from '../ui/states.tsx'

/** Read from the address itself: the router would turn a code that looks like a number into one. */
const codeInAddress = () => new URLSearchParams(location.hash.split('?')[1] ?? '').get('code')

export const LoginPage = () => {
  const navigate = useNavigate()
  const [code] = useState(codeInAddress)
  const exchange = useMutation({
    mutationFn: async (given: string) => await client.access.login({ code: given }),
    onSuccess: ({ token }) => beginSession(token),
    // The code must not stay in the address or the history, used or not.
    onSettled: (_data, error) => void navigate({ to: error === null ? '/' : '/login', replace: true }),
  })
  const { mutate } = exchange
  // A code works once, and effects may run twice.
  const sent = useRef(false)
  useEffect(() => {
    if (code === null || sent.current) return
    sent.current = true
    mutate(code)
  }, [code, mutate])

  if (code !== null && exchange.error === null) {
    return (
      <main className="mx-auto w-[min(420px,calc(100vw-32px))] py-[14vh]">
        <h1 className="mb-2 text-xl font-[650]">Signing in</h1>
        <Loading rows={2} label="Signing in" />
      </main>
    )
  }
  const failure = exchange.error === null ? undefined : toFailure(exchange.error)
  return (
    <LoginScreen
      problem={failure && [failure.message, failure.hint].filter(Boolean).join(' ')}
      onSignedIn={() => void navigate({ to: '/' })}
    />
  )
}
