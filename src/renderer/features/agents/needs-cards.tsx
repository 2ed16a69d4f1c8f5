import { Link } from '@tanstack/react-router'
import type { AgentSummary } from '../../../contract/index.ts'
import { formatMoney, plural } from '../../format.ts'
import { Age } from '../../ui/age.tsx'
import { Status } from '../../ui/status.tsx'
import { useMay } from '../access/use-may.ts'
import { AnswerField, Choices } from './answer-box.tsx'
import { needWords } from './words.ts'

const SHOWN = 4

const NeedCard = ({ agent, mayWrite }: { agent: AgentSummary; mayWrite: boolean }) => {
  const { id, name, template, needs, usage } = agent
  if (needs === null) return null
  return (
    <li className="card grid content-start gap-2 border-l-[3px] border-l-wait px-(--inset) py-3">
      <p className="flex flex-wrap items-center gap-2">
        <Status state="wait">Needs you</Status>
        <Link to="/agents/$id" params={{ id }} className="font-[620] hover:underline">
          {name}
        </Link>
        <span className="ml-auto text-ink-3">
          waiting <Age since={needs.since} />
        </span>
      </p>
      <p className="line-clamp-4 text-ink-2 wrap-anywhere">{needWords(needs)}</p>
      <div className="flex flex-wrap items-center gap-1.5">
        {mayWrite && <Choices id={id} need={needs} size="s" />}
        {mayWrite && <AnswerField id={id} name={name} need={needs} />}
        <span className="ml-auto font-mono text-sm text-ink-3">
          {template}
          {usage.modelCalls > 0 && ` · ${formatMoney(usage.money)}`}
        </span>
      </div>
    </li>
  )
}

/** Who waits for a person, before everything else; nothing at all while nobody does. */
export const NeedsCards = ({ agents }: { agents: readonly AgentSummary[] }) => {
  const mayWrite = useMay('agents:write') === true
  const waiting = agents.filter(({ needs }) => needs !== null)
  if (waiting.length === 0) return null
  return (
    <section aria-labelledby="needs">
      <h2 id="needs" className="sr-only">
        Waiting for you
      </h2>
      <ul className="grid grid-cols-[repeat(auto-fit,minmax(360px,1fr))] gap-3">
        {waiting.slice(0, SHOWN).map((agent) => (
          <NeedCard key={agent.id} agent={agent} mayWrite={mayWrite} />
        ))}
      </ul>
      {waiting.length > SHOWN && (
        <p className="mt-2">
          <Link
            to="/agents"
            search={{ show: 'needs-you' }}
            className="text-sm font-medium text-accent underline-offset-2 hover:underline"
          >
            {plural(waiting.length - SHOWN, 'more agent')} waiting for you
          </Link>
        </p>
      )}
    </section>
  )
}
