/** What the load came to, as Markdown: to read at the end, or to keep in docs/BENCHMARKS.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { median, megabytes, percentile, round } from '../support/numbers.ts'
import { type Row, asMarkdown, atMost } from '../support/report.ts'
import type { Tally } from './churn.ts'
import type { Measured } from './targets.ts'

export interface Outcome {
  machine: string
  connections: number
  lanes: number
  seconds: number
  measured: readonly Measured[]
  tally: Tally
  /** Agents that still lived when all were told to end. */
  left: number
  memoryBefore: number
  memoryAfter: number
  /** Failures that Gantry wrote down. */
  faults: readonly string[]
}

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const times = (what: string, values: readonly number[]) => [
  what,
  values.length,
  values.length === 0 ? '' : round(median(values), 0),
  values.length === 0 ? '' : round(percentile(values, 0.99), 0),
]

export const verdict = ({ measured, tally, left, memoryBefore, memoryAfter, faults }: Outcome): Row[] => [
  atMost(
    'Answers that failed',
    measured.reduce((sum, { failed }) => sum + failed, 0),
    0,
    '',
  ),
  atMost('Agents that went another way than asked', tally.problems.length, 0, ''),
  atMost('Agents left at the end', left, 0, ''),
  atMost('Failures in the log of Gantry', faults.length, 0, ''),
  atMost('Slowest p99 of the addresses', Math.max(...measured.map(({ p99 }) => p99)), 100, 'ms'),
  atMost('Memory of Gantry itself after the load', megabytes(memoryAfter), 400, 'MB', {
    note: `${megabytes(memoryBefore)} MB before`,
  }),
]

const MOST_SHOWN = 10

export const asReport = (outcome: Outcome): string => {
  const { machine, connections, lanes, seconds, measured, tally, faults } = outcome
  const trouble = [...tally.problems.slice(0, MOST_SHOWN), ...faults.slice(0, MOST_SHOWN)]
  return [
    `${machine}, ${new Date().toISOString().slice(0, 10)}`,
    `${connections} connections, ${seconds} s an address, while ${lanes} at a time make agents, wait for them or cancel them, read their logs and remove them.`,
    table(
      ['Address', 'Answers/s', 'p50 ms', 'p99 ms', 'worst ms', 'failed'],
      measured.map(({ name, perSecond, p50, p99, max, failed }) => [name, perSecond, p50, p99, max, failed]),
    ),
    table(
      ['Agents', 'how many', 'p50 ms', 'p99 ms'],
      [
        times('made: POST /agents answers', tally.createMs),
        times('finished: from the call to the end of hello', tally.finishMs),
        times('cancelled: DELETE answers with the proof', tally.cancelMs),
      ],
    ),
    asMarkdown(verdict(outcome)),
    ...(trouble.length === 0 ? [] : [trouble.map((problem) => `- ${problem}`).join('\n')]),
  ].join('\n\n')
}

const BEGIN = '<!-- load:begin -->'
const END = '<!-- load:end -->'

/** Into its own part of the document, which is added where there is none yet. */
export const keep = (file: string, report: string): void => {
  const document = readFileSync(file, 'utf8')
  const block = `${BEGIN}\n${report}\n${END}`
  const intro =
    '## Under load\n\n`npm run bench:load -- --write` puts this here; how it is taken stands in `bench/load`.'
  writeFileSync(
    file,
    document.includes(BEGIN)
      ? document.replace(new RegExp(`${BEGIN}[^]*${END}`), () => block)
      : `${document.trimEnd()}\n\n${intro}\n\n${block}\n`,
  )
}
