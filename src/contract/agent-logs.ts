/** What agents write: stdout and stderr apart, byte for byte, numbered without a gap. */
import { z } from 'zod'
import { AgentId, AgentState } from './agent.ts'

export const LogStream = z
  .enum(['out', 'err', 'gantry'])
  .describe('gantry: what Gantry itself has to say here, such as a cut')
export type LogStream = z.infer<typeof LogStream>

export const LogEntry = z
  .object({
    seq: z.int().describe('Rises by one with each entry of an agent'),
    at: z.iso.datetime(),
    stream: LogStream,
    text: z.string().optional().describe('Without its line end, where it is valid UTF-8'),
    base64: z.string().optional().describe('The bytes, where they are no text'),
    open: z.boolean().optional().describe('The line goes on with the next entry of this stream'),
  })
  .meta({
    id: 'LogEntry',
    examples: [{ seq: 4118, at: '2026-11-21T14:57:02.114Z', stream: 'out', text: '38 passed, 1 failed' }],
  })
export type LogEntry = z.infer<typeof LogEntry>

const Moment = z.iso.datetime({ offset: true })

export const LogFilter = {
  streams: z.array(LogStream).optional().describe('Only these'),
  since: Moment.optional().describe('Not before this time'),
  until: Moment.optional().describe('Before this time'),
  grep: z.string().max(500).optional().describe('Only lines that match this regular expression'),
  ignoreCase: z.boolean().default(false),
}

export const LogQuery = z.object({
  id: AgentId,
  after: z.int().min(0).optional().describe('The cursor: entries after this number'),
  before: z.int().min(1).optional().describe('Entries before this number, the last ones of them'),
  tail: z.int().min(0).max(10_000).optional().describe('The last so many, instead of the first'),
  limit: z.int().min(1).max(10_000).default(500),
  ...LogFilter,
})
export type LogQuery = z.infer<typeof LogQuery>

export const LogPage = z
  .object({
    items: z.array(LogEntry),
    next: z.int().nullable().describe('Give this as `after` for what follows; null where nothing more is there yet'),
    first: z.int().nullable().describe('Number of the oldest entry that is still kept'),
    last: z.int().describe('Number of the newest entry, 0 without one'),
    cut: z.int().describe('How many entries were let go of, by limits or because they could not be had'),
    state: AgentState,
  })
  .meta({ id: 'LogPage' })
export type LogPage = z.infer<typeof LogPage>

export const LogBatch = z
  .object({
    entries: z.array(LogEntry),
    missed: z.int().describe('Entries that were let go of before they could be sent'),
    state: AgentState.describe('The state of the agent; after the last batch of an ended agent the stream ends'),
  })
  .meta({
    id: 'LogBatch',
    examples: [
      {
        entries: [{ seq: 1, at: '2026-11-21T14:57:02.114Z', stream: 'out', text: 'hello' }],
        missed: 0,
        state: 'running',
      },
    ],
  })
export type LogBatch = z.infer<typeof LogBatch>

export const LogHit = LogEntry.extend({ agentId: AgentId })
export type LogHit = z.infer<typeof LogHit>
