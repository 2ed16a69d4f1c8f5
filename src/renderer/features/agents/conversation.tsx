import { useQuery } from '@tanstack/react-query'
import type { AgentMessage } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'
import { QueryView } from '../../ui/query-view.tsx'
import { Empty } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'

const SPEAKERS = { person: 'You', agent: 'Agent', gantry: 'Gantry' } as const satisfies Record<
  AgentMessage['from'],
  string
>

const KINDS = {
  text: null,
  question: ['wait', 'Question'],
  approval: ['wait', 'Asks for approval'],
  answer: ['ok', 'Answer'],
  tool: ['busy', 'Tool'],
} as const satisfies Record<AgentMessage['kind'], readonly ['wait' | 'ok' | 'busy', string] | null>

const Message = ({ message }: { message: AgentMessage }) => {
  const { from, kind, text, choices, at } = message
  const mark = KINDS[kind]
  return (
    <li
      className={`grid gap-1 border-b border-line px-(--inset) py-2.5 last:border-b-0 ${from === 'person' ? 'bg-accent-bg' : ''}`}
    >
      <p className="flex flex-wrap items-center gap-2">
        <b className="font-[620]">{SPEAKERS[from]}</b>
        {mark !== null && <Status state={mark[0]}>{mark[1]}</Status>}
        <span className="ml-auto font-mono text-xs text-ink-3">
          <Time at={at} />
        </span>
      </p>
      <p
        className={`max-w-[90ch] whitespace-pre-wrap wrap-anywhere ${kind === 'tool' ? 'font-mono text-sm text-ink-2' : ''}`}
      >
        {text}
      </p>
      {choices.length > 0 && <p className="text-sm text-ink-2">Offered: {choices.join(' · ')}</p>}
    </li>
  )
}

export const Conversation = ({ id }: { id: string }) => {
  const messages = useQuery(rpc.agents.messages.queryOptions({ input: { id } }))
  return (
    <div className="relative h-full overflow-y-auto" tabIndex={0} role="region" aria-label="Conversation">
      <QueryView
        query={messages}
        rows={5}
        label="Loading the conversation"
        empty={{
          when: ({ items }) => items.length === 0,
          show: (
            <Empty title="Nothing was said yet">
              What you say to the agent below, what it asks, and what was answered stands here.
            </Empty>
          ),
        }}
      >
        {({ items }) => (
          <ol>
            {items.map((message) => (
              <Message key={message.seq} message={message} />
            ))}
          </ol>
        )}
      </QueryView>
    </div>
  )
}
