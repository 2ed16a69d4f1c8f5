import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { rpc } from '../../rpc.ts'
import { Status, type State } from '../../ui/status.tsx'
import { useMay } from '../access/use-may.ts'
import { HEALTH_STATE, useHealth } from './use-health.ts'

const Problem = ({
  state,
  word,
  name,
  children,
}: {
  state: State
  word: string
  name: string
  children: ReactNode
}) => (
  <li
    className={`card grid content-start gap-2 border-l-[3px] px-(--inset) py-3 ${state === 'bad' ? 'border-l-bad' : 'border-l-wait'}`}
  >
    <p className="flex flex-wrap items-center gap-1.5">
      <Status state={state}>{word}</Status>
      <b className="font-[620]">{name}</b>
    </p>
    {children}
  </li>
)

/** What is unwell, before everything else; nothing at all while all is well. */
export const Problems = () => {
  const health = useHealth()
  const may = useMay('settings:read')
  const settings = useQuery({ ...rpc.settings.get.queryOptions({ input: {} }), enabled: may === true })
  const unwell = health.data?.checks.filter((check) => check.status !== 'ok') ?? []
  const problem = settings.data?.problem ?? null
  if (unwell.length === 0 && problem === null) return null
  return (
    <section aria-labelledby="problems">
      <h2 id="problems" className="sr-only">
        Needs attention
      </h2>
      <ul className="grid grid-cols-[repeat(auto-fit,minmax(320px,1fr))] gap-3">
        {unwell.map((check) => (
          <Problem
            key={check.name}
            state={HEALTH_STATE[check.status]}
            word={check.status === 'failed' ? 'Failed' : 'Degraded'}
            name={check.name}
          >
            <p className="text-ink-2 wrap-anywhere">{check.detail}</p>
          </Problem>
        ))}
        {problem !== null && (
          <Problem state="wait" word="Needs you" name="settings file">
            <p className="text-ink-2 wrap-anywhere">{problem}</p>
            <Link
              to="/settings"
              className="justify-self-start text-sm font-medium text-accent underline-offset-2 hover:underline"
            >
              Open the settings
            </Link>
          </Problem>
        )}
      </ul>
    </section>
  )
}
