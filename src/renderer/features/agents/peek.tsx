import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AgentSummary } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'
import { QueryView } from '../../ui/query-view.tsx'
import { textOf } from '../agent-logs/hits.ts'
import { lineOf } from '../agent-logs/rows.ts'
import { useMay } from '../access/use-may.ts'
import { AnswerField, Choices } from './answer-box.tsx'
import { isEnded } from './agent-state.ts'
import { needWords } from './words.ts'

const LINES = 6

const LastLines = ({ id, at }: { id: string; at: string }) => {
  const logs = useQuery({
    ...rpc.agents.logs.queryOptions({ input: { id, tail: LINES, limit: LINES } }),
    // Asked again when it has given a sign of life since.
    queryKey: [...rpc.agents.logs.queryKey({ input: { id, tail: LINES, limit: LINES } }), at],
    placeholderData: (former) => former,
  })
  return (
    <QueryView query={logs} rows={2} label="Loading the last lines">
      {({ items }) =>
        items.length === 0 ? (
          <p className="text-sm text-ink-3">It has written nothing yet.</p>
        ) : (
          <ol aria-label="Last lines" className="rounded-s bg-panel-2 px-2.5 py-1.5 font-mono text-sm">
            {items.map((entry) => (
              <li key={entry.seq} className={`truncate ${entry.stream === 'err' ? 'text-bad' : 'text-ink-2'}`}>
                {textOf(lineOf(entry)) || '\u00A0'}
              </li>
            ))}
          </ol>
        )
      }
    </QueryView>
  )
}

/** A look at an agent, and an answer to it, without leaving the list. */
export const Peek = ({ agent, answering }: { agent: AgentSummary; answering: boolean }) => {
  const mayWrite = useMay('agents:write') === true
  const { id, name, needs, state, reason, excerpt, lastActivityAt } = agent
  return (
    <div className="grid gap-2 pb-2.5">
      {needs !== null && <p className="max-w-[90ch] whitespace-pre-wrap wrap-anywhere">{needWords(needs)}</p>}
      {needs === null && excerpt !== '' && <p className="max-w-[90ch] text-ink-2 wrap-anywhere">{excerpt}</p>}
      {reason !== null && <p className="text-sm text-ink-2 wrap-anywhere">{reason}</p>}
      <LastLines id={id} at={lastActivityAt} />
      <div className="flex flex-wrap items-center gap-2">
        {mayWrite && needs !== null && <AnswerField id={id} name={name} need={needs} autoFocus={answering} />}
        {mayWrite && needs !== null && <Choices id={id} need={needs} />}
        <Link
          to="/agents/$id"
          params={{ id }}
          className="text-sm font-medium text-accent underline-offset-2 hover:underline"
        >
          {isEnded(state) ? 'Open' : 'Open, with its log'}
        </Link>
      </div>
    </div>
  )
}
