import type { ReactNode } from 'react'
import type { Agent } from '../../../contract/index.ts'
import { formatDuration, formatMegabytes } from '../../format.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Time } from '../../ui/time.tsx'
import { budgetWords } from './budget.ts'
import { networkWords, workspaceWords } from './words.ts'

const Row = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="contents">
    <dt className="text-ink-2">{name}</dt>
    <dd className="min-w-0 wrap-anywhere">{children}</dd>
  </div>
)

const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="grid gap-2">
    <h2 className="font-[620]">{title}</h2>
    <dl className="grid grid-cols-[150px_minmax(0,1fr)] gap-x-4 gap-y-1.5">{children}</dl>
  </section>
)

const None = ({ children = 'none' }: { children?: string }) => <span className="text-ink-3">{children}</span>

const Pairs = ({ of }: { of: Record<string, string | number | boolean> }) => {
  const pairs = Object.entries(of)
  return pairs.length === 0 ? (
    <None />
  ) : (
    <ul className="font-mono text-sm">
      {pairs.map(([name, value]) => (
        <li key={name}>
          {name}={String(value)}
        </li>
      ))}
    </ul>
  )
}

/** Everything that it was given when it was made. */
export const Given = ({ agent }: { agent: Agent }) => {
  const { limits, tools, network } = agent
  const duration = (seconds: number | undefined) =>
    seconds === undefined ? <None>no limit</None> : formatDuration(seconds)
  return (
    <div
      className="relative grid h-full content-start gap-5 overflow-y-auto p-(--inset)"
      tabIndex={0}
      role="region"
      aria-label="Settings of the agent"
    >
      {agent.task !== '' && (
        <section className="grid gap-2">
          <h2 className="font-[620]">Task</h2>
          <CodeBlock text={agent.task} what="Task of the agent" />
        </section>
      )}
      <Section title="What it is">
        <Row name="Id">
          <code className="font-mono text-sm">{agent.id}</code>
        </Row>
        <Row name="Template">{agent.template}</Row>
        <Row name="Runtime">{agent.runtime ?? <None>not chosen yet</None>}</Row>
        {agent.image !== null && (
          <Row name="Image">
            <code className="font-mono text-sm">{agent.image}</code>
          </Row>
        )}
        {agent.ref !== null && (
          <Row name={agent.runtime === 'docker' ? 'Container' : 'Process'}>
            <code className="font-mono text-sm">{agent.ref}</code>
          </Row>
        )}
        <Row name="Made">
          <Time at={agent.createdAt} /> by {agent.createdBy.name}
        </Row>
        <Row name="Labels">
          <Pairs of={agent.labels} />
        </Row>
      </Section>
      <Section title="What it works with">
        <Row name="Model">{agent.model ?? <None />}</Row>
        <Row name="Tools">{tools.length === 0 ? <None /> : tools.join(', ')}</Row>
        <Row name="Parameters">
          <Pairs of={agent.parameters} />
        </Row>
        <Row name="Environment">
          <Pairs of={agent.environment} />
        </Row>
        <Row name="Workspace">{workspaceWords(agent.workspace)}</Row>
        <Row name="Network">{networkWords(network)}</Row>
        {network.mode === 'egress' && <Row name="May reach">{network.allow.join(', ') || <None />}</Row>}
      </Section>
      <Section title="Limits">
        <Row name="Budget">{budgetWords(agent.budget)}</Row>
        <Row name="Processors">{limits.cpus}</Row>
        <Row name="Memory">{formatMegabytes(limits.memoryMb)}</Row>
        <Row name="Disk">{formatMegabytes(limits.diskMb)}</Row>
        <Row name="Processes">{limits.pids}</Row>
        <Row name="Ends after">{duration(limits.ttlSeconds)}</Row>
        <Row name="At work at most">{duration(limits.wallSeconds)}</Row>
        <Row name="Paused when idle for">{duration(limits.idleSeconds)}</Row>
      </Section>
    </div>
  )
}
