import type { Agent, AgentSample } from '../../../contract/index.ts'
import { formatBytes, formatCount, formatMegabytes, formatMoney, formatNumber, plural } from '../../format.ts'
import { Chart } from '../../ui/chart.tsx'
import type { State } from '../../ui/status.tsx'
import { isEnded } from './agent-state.ts'
import { useSamples } from './samples.ts'

interface Measure {
  title: string
  tone: State
  value: (sample: AgentSample) => number
  format: (value: number) => string
  limit: (agent: Agent) => string
  ceiling?: number
}

const MEGABYTE = 1024 * 1024

const MEASURES: readonly Measure[] = [
  {
    title: 'CPU',
    tone: 'busy',
    value: (sample) => sample.cpuPercent,
    format: (value) => `${formatNumber(value)} %`,
    limit: ({ limits }) => `of ${limits.cpus}`,
    ceiling: 10,
  },
  {
    title: 'Memory',
    tone: 'ok',
    value: (sample) => sample.memoryBytes,
    format: formatBytes,
    limit: ({ limits }) => `of ${formatMegabytes(limits.memoryMb)}`,
    ceiling: 8 * MEGABYTE,
  },
  {
    title: 'Tokens a minute',
    tone: 'busy',
    value: (sample) => sample.tokensPerMinute,
    format: formatCount,
    limit: () => '',
    ceiling: 100,
  },
]

const Totals = ({ agent }: { agent: Agent }) => {
  const { modelCalls, tokensIn, tokensOut, toolCalls, money } = agent.usage
  if (modelCalls === 0 && toolCalls === 0) return null
  return (
    <p className="border-t border-line px-(--inset) py-2 text-sm text-ink-2">
      {formatMoney(money)} for {plural(modelCalls, 'model call')}, {formatCount(tokensIn)} tokens in,{' '}
      {formatCount(tokensOut)} out; {plural(toolCalls, 'tool call')}
    </p>
  )
}

/** What it uses now, and over the last minutes. */
export const UseCard = ({ agent }: { agent: Agent }) => {
  const samples = useSamples(agent.id)
  return (
    <section aria-label="What it uses" className="card">
      <div className="grid gap-1.5 px-(--inset) pt-2 pb-3">
        {samples.length === 0 ? (
          <p className="py-1 text-sm text-ink-2">
            {isEnded(agent.state)
              ? 'It has ended: nothing is used any more.'
              : 'Measured every few seconds while it runs.'}
          </p>
        ) : (
          MEASURES.map(({ title, tone, value, format, limit, ceiling }) => (
            <Chart
              key={title}
              title={title}
              tone={tone}
              points={samples.map((sample) => ({ at: sample.at, value: value(sample) }))}
              format={format}
              note={limit(agent)}
              {...(ceiling === undefined ? {} : { ceiling })}
            />
          ))
        )}
      </div>
      <Totals agent={agent} />
    </section>
  )
}
