import { Link } from '@tanstack/react-router'
import { Suspense, lazy, useState } from 'react'
import type { Agent } from '../../../contract/index.ts'
import { formatTime } from '../../format.ts'
import { surface } from '../../surface.ts'
import { Age } from '../../ui/age.tsx'
import { Button } from '../../ui/button.tsx'
import { LINK_BUTTON_SMALL } from '../../ui/link-button.ts'
import { Meter } from '../../ui/meter.tsx'
import { Status } from '../../ui/status.tsx'
import { useMay } from '../access/use-may.ts'
import { agentState, evidenceOf, isEnded } from './agent-state.ts'
import { budgetUse } from './budget.ts'
import { usePause, useResume } from './use-actions.ts'

const StopDialog = lazy(async () => ({ default: (await import('./stop-dialog.tsx')).StopDialog }))
const RemoveDialog = lazy(async () => ({ default: (await import('./remove-dialog.tsx')).RemoveDialog }))

const creator = ({ createdBy }: Agent) => (surface === 'window' && createdBy.kind === 'owner' ? 'you' : createdBy.name)

const Budget = ({ agent }: { agent: Agent }) => {
  const use = budgetUse(agent.usage, agent.budget)
  if (use === null) return null
  return (
    <div className="w-[190px]">
      <div className="mb-1 flex justify-between text-sm">
        <span className="text-ink-2">Budget</span>
        <span className="font-mono">{use.words}</span>
      </div>
      <Meter label="Budget used" share={use.share} words={use.words} tone={use.share >= 0.9 ? 'wait' : 'busy'} />
    </div>
  )
}

const When = ({ agent }: { agent: Agent }) => {
  const { template, startedAt, createdAt, endedAt } = agent
  if (endedAt !== null)
    return (
      <>
        {template} · ended at {formatTime(endedAt)} after <Age since={startedAt ?? createdAt} until={endedAt} />
      </>
    )
  return (
    <>
      {template} · {startedAt === null ? 'made' : 'started'} <Age since={startedAt ?? createdAt} /> ago by{' '}
      {creator(agent)}
    </>
  )
}

const Actions = ({ agent, onPatch }: { agent: Agent; onPatch: () => void }) => {
  const [dialog, setDialog] = useState<'stop' | 'remove' | null>(null)
  const pause = usePause()
  const resume = useResume()
  const { id, state, patch } = agent
  const close = () => setDialog(null)
  return (
    <div className="ml-auto flex flex-wrap gap-1.5">
      {patch !== null && (patch.added > 0 || patch.removed > 0 || patch.files > 0) && (
        <Button size="s" onClick={onPatch}>
          {patch.appliedAt === null ? 'Review patch' : 'Patch taken over'}
          <span className="font-mono text-sm font-normal">
            +{patch.added} −{patch.removed}
          </span>
        </Button>
      )}
      {state === 'running' && (
        <Button size="s" busy={pause.isPending} onClick={() => pause.mutate({ id })}>
          Pause
        </Button>
      )}
      {state === 'paused' && (
        <Button size="s" busy={resume.isPending} onClick={() => resume.mutate({ id })}>
          Resume
        </Button>
      )}
      {isEnded(state) ? (
        <>
          <Link to="/agents/new" search={{ like: id }} className={LINK_BUTTON_SMALL}>
            Start again
          </Link>
          <Button size="s" onClick={() => setDialog('remove')}>
            Remove
          </Button>
        </>
      ) : (
        <Button size="s" onClick={() => setDialog('stop')}>
          Stop
        </Button>
      )}
      <Suspense>
        {dialog === 'stop' && <StopDialog agent={agent} onClose={close} />}
        {dialog === 'remove' && <RemoveDialog agent={agent} onClose={close} />}
      </Suspense>
    </div>
  )
}

export const AgentHeader = ({ agent, onPatch }: { agent: Agent; onPatch: () => void }) => {
  const mayWrite = useMay('agents:write') === true
  const [tone, word] = agentState(agent)
  return (
    <section
      aria-label="State of the agent"
      className="card flex flex-wrap items-center gap-x-3.5 gap-y-2 px-(--inset) py-3"
    >
      <span role="status">
        <Status chip state={tone} title={evidenceOf(agent, formatTime)}>
          {word}
        </Status>
      </span>
      <div className="min-w-0">
        <b className="font-[620]">{agent.name}</b>{' '}
        <span className="text-ink-2">
          <When agent={agent} />
        </span>
        {agent.reason !== null && <p className="text-sm text-ink-2 wrap-anywhere">{agent.reason}</p>}
      </div>
      <Budget agent={agent} />
      {mayWrite && <Actions agent={agent} onPatch={onPatch} />}
    </section>
  )
}
