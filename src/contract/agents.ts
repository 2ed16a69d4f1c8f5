/** Agents: from their making to the proof of their end. */
import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import {
  Agent,
  AgentCreate,
  AgentGroup,
  AgentId,
  AgentMessage,
  AgentSample,
  AgentState,
  AgentSummary,
  EXAMPLE_AGENT,
  StopProof,
} from './agent.ts'
import { LogBatch, LogFilter, LogHit, LogPage, LogQuery } from './agent-logs.ts'
import { failureOf, operation, resumeFrom, textForm } from './operation.ts'
import { renderLogBytes, renderLogs } from './render-logs.ts'

const One = z.object({ id: AgentId })

const AgentFilter = {
  states: z.array(AgentState).optional().describe('Only these states'),
  groups: z.array(AgentGroup).optional().describe('Only these groups'),
  label: z
    .string()
    .regex(/^[^=]+(=.*)?$/, 'a label, as name or name=value')
    .optional()
    .describe('Only those with this label: name or name=value'),
  template: z.string().optional().describe('Only those from this template'),
  key: z.string().optional().describe('Only those of the key with this id'),
  search: z.string().max(200).optional().describe('Only those whose name, id or task has this in it'),
}

const AgentPage = z
  .object({
    items: z.array(AgentSummary),
    next: z.string().nullable().describe('Give this as `cursor` for the next page'),
    counts: z.record(AgentGroup, z.int()).describe('Of all that match, by group'),
  })
  .meta({
    id: 'AgentPage',
    examples: [{ items: [EXAMPLE_AGENT], next: null, counts: { 'needs-you': 0, working: 1, idle: 0, done: 0 } }],
  })

export const AgentStatus = z
  .object({
    id: AgentId,
    state: AgentState,
    group: AgentGroup,
    reason: z.string().nullable(),
    exitCode: z.int().nullable(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'AgentStatus' })
export type AgentStatus = z.infer<typeof AgentStatus>

const AgentsWaited = z.object({ timedOut: z.boolean(), items: z.array(AgentStatus) })

const Cancelled = z.object({ id: AgentId, state: AgentState, proof: StopProof.nullable() }).meta({ id: 'Cancelled' })

const PatchFile = z.object({
  path: z.string(),
  kind: z.enum(['added', 'changed', 'removed']),
  added: z.int(),
  removed: z.int(),
  binary: z.boolean(),
  diff: z.string().describe('Unified; empty for binary files'),
})
export const AgentPatch = z
  .object({
    id: AgentId,
    base: z.string().describe('Where the workspace came from'),
    files: z.array(PatchFile),
    added: z.int(),
    removed: z.int(),
    appliedAt: z.iso.datetime().nullable(),
    truncated: z.boolean().describe('More changed than is kept'),
  })
  .meta({ id: 'AgentPatch' })
export type AgentPatch = z.infer<typeof AgentPatch>

const EgressDecision = z.object({
  at: z.iso.datetime(),
  host: z.string(),
  port: z.int(),
  allowed: z.boolean(),
  reason: z.string(),
})

const read = { permission: 'agents:read', effect: 'read' } as const
const write = { permission: 'agents:write', effect: 'write' } as const

export const agents = {
  create: operation(
    'Start an agent',
    {
      method: 'POST',
      path: '/agents',
      description:
        'Makes an agent from a template and starts it, in a box without keys and without network. Answers at once; `agents.wait` waits.',
      successStatus: 201,
    },
    { ...write, cli: { positional: ['template', 'task'], paths: ['workspace.path'] } },
  )
    .input(AgentCreate)
    .output(Agent),

  list: operation(
    'List agents',
    {
      method: 'GET',
      path: '/agents',
      description: 'Those that wait for a person first, the longest-waiting on top; then working, idle, done.',
    },
    { ...read, cli: { columns: ['id', 'name', 'template', 'state', 'reason', 'runtime', 'createdAt'] } },
  )
    .input(
      z.object({
        ...AgentFilter,
        limit: z.int().min(1).max(1000).default(1000),
        cursor: z.string().max(200).optional().describe('Where the page before ended, as its `next` says'),
      }),
    )
    .output(AgentPage),

  get: operation(
    'Show an agent',
    {
      method: 'GET',
      path: '/agents/{id}',
      description: 'All that is known of an agent: what it was given, its states, its use, its isolation.',
    },
    { ...read, cli: { positional: ['id'] } },
  )
    .input(One)
    .output(Agent),

  status: operation(
    'Is it still running?',
    { method: 'GET', path: '/agents/{id}/status', description: 'The state of an agent, and why.' },
    { ...read, cli: { positional: ['id'] } },
  )
    .input(One)
    .output(AgentStatus),

  sendInput: operation(
    'Tell an agent something',
    {
      method: 'POST',
      path: '/agents/{id}/input',
      description: 'Answers the question it waits with, or goes to its standard input.',
    },
    { ...write, cli: { positional: ['id', 'text'] } },
  )
    .input(
      z.object({
        id: AgentId,
        text: z.string().max(200_000).default(''),
        answers: z.string().optional().describe('The id of the question it answers; the oldest one without this'),
        newline: z.boolean().default(true).describe('End it as a line'),
        end: z.boolean().default(false).describe('Close its standard input after this'),
      }),
    )
    .output(AgentMessage),

  pause: operation(
    'Pause an agent',
    {
      method: 'POST',
      path: '/agents/{id}/pause',
      description: 'Freezes everything in its box. Time limits of work stand still, its end does not.',
    },
    { ...write, cli: { positional: ['id'] } },
  )
    .input(One)
    .output(AgentStatus),

  resume: operation(
    'Resume an agent',
    { method: 'POST', path: '/agents/{id}/resume', description: 'Lets a paused agent go on where it was.' },
    { ...write, cli: { positional: ['id'] } },
  )
    .input(One)
    .output(AgentStatus),

  cancel: operation(
    'Stop an agent',
    {
      method: 'DELETE',
      path: '/agents/{id}',
      description:
        'Ends an agent and answers when its box, its wire and its model calls are verified gone, with the proof. What it wrote stays.',
    },
    { permission: 'agents:write', effect: 'destructive', cli: { positional: ['id'] }, unrecorded: true },
  )
    .input(
      z.object({ id: AgentId, graceSeconds: z.number().min(0).max(120).default(5).describe('Time to end by itself') }),
    )
    .output(Cancelled),

  remove: operation(
    'Remove an agent',
    {
      method: 'POST',
      path: '/agents/{id}/remove',
      description: 'Forgets an ended agent with its logs, messages and patch.',
    },
    { permission: 'agents:write', effect: 'destructive', cli: { positional: ['id'] } },
  )
    .input(One)
    .output(z.object({ removed: AgentId })),

  cancelAll: operation(
    'Stop many agents',
    {
      method: 'POST',
      path: '/agents/cancel',
      description: 'Ends all agents that match. With dryRun it only lists them.',
    },
    {
      permission: 'agents:write',
      effect: 'destructive',
      cli: { columns: ['id', 'name', 'state', 'outcome'] },
      unrecorded: true,
    },
  )
    .input(
      z.object({
        ids: z.array(AgentId).max(1000).optional().describe('Only these'),
        ...AgentFilter,
        dryRun: z.boolean().default(false).describe('List what would go, and do nothing'),
        graceSeconds: z.number().min(0).max(120).default(5),
      }),
    )
    .output(
      z.object({
        dryRun: z.boolean(),
        items: z.array(
          z.object({
            id: AgentId,
            name: z.string(),
            state: AgentState,
            outcome: z.enum(['would-go', 'gone', 'failed']),
            error: z.string().nullable(),
          }),
        ),
      }),
    ),

  wait: operation(
    'Wait for agents',
    {
      method: 'GET',
      path: '/agents/wait',
      description: 'Answers when any, or all, of some agents have ended or need a person, or when the time is up.',
    },
    {
      ...read,
      cli: {
        positional: ['ids'],
        columns: ['id', 'state', 'reason', 'exitCode'],
        failure: failureOf(AgentsWaited, ({ timedOut }) => (timedOut ? 'E_TIMEOUT' : undefined)),
      },
    },
  )
    .input(
      z.object({
        ids: z.array(AgentId).min(1).max(200).describe('Those to wait for'),
        until: z.enum(['any', 'all']).default('all'),
        needs: z.boolean().default(true).describe('One that waits for a person counts as well'),
        seconds: z.number().min(0).max(3600).default(60),
      }),
    )
    .output(AgentsWaited),

  logs: operation(
    'Read the logs of an agent',
    {
      method: 'GET',
      path: '/agents/{id}/logs',
      description: 'What it wrote, a page at a time: by cursor, from the end, between two times, or what matches.',
    },
    {
      ...read,
      cli: { positional: ['id'], follow: 'agents.stream' },
      text: textForm(
        LogPage,
        null,
        ({ items }) => renderLogs(items),
        ({ items }) => renderLogBytes(items),
      ),
    },
  )
    .input(LogQuery)
    .output(LogPage),

  stream: operation(
    'Follow the logs of an agent',
    {
      method: 'GET',
      path: '/agents/{id}/stream',
      description:
        'What it writes as it writes it, after what was written before. Ends with the agent. Also as WebSocket.',
    },
    {
      ...read,
      cli: { positional: ['id'] },
      text: textForm(
        LogBatch,
        null,
        ({ entries }) => renderLogs(entries),
        ({ entries }) => renderLogBytes(entries),
      ),
      resume: resumeFrom(LogBatch, {
        field: 'after',
        instead: ['tail'],
        cursor: ({ entries }) => entries.at(-1)?.seq,
      }),
    },
  )
    .input(
      z.object({
        id: AgentId,
        after: z.int().min(0).optional().describe('Start after this entry; from the first one without this'),
        tail: z.int().min(0).max(10_000).optional().describe('Start with the last so many'),
        streams: LogFilter.streams,
      }),
    )
    .output(eventIterator(LogBatch)),

  search: operation(
    'Search the logs of all agents',
    {
      method: 'GET',
      path: '/agents/logs/search',
      description: 'Lines that match a regular expression, newest agents first.',
    },
    { ...read, cli: { positional: ['grep'], columns: ['agentId', 'seq', 'at', 'stream', 'text'] } },
  )
    .input(
      z.object({
        ...LogFilter,
        grep: z.string().min(1).max(500).describe('A regular expression'),
        ids: z.array(AgentId).max(200).optional().describe('Only in these'),
        limit: z.int().min(1).max(1000).default(100),
      }),
    )
    .output(
      z.object({ items: z.array(LogHit), complete: z.boolean().describe('Whether everything was looked through') }),
    ),

  messages: operation(
    'Show the conversation with an agent',
    {
      method: 'GET',
      path: '/agents/{id}/messages',
      description: 'What people and the agent said to each other, questions and answers included.',
    },
    { ...read, cli: { positional: ['id'], columns: ['at', 'from', 'kind', 'text'] } },
  )
    .input(One)
    .output(z.object({ items: z.array(AgentMessage) })),

  stats: operation(
    'Watch what agents use',
    {
      method: 'GET',
      path: '/agents/stats',
      description:
        'Streams processor, memory and processes of running agents every few seconds, after the samples of the last minutes.',
    },
    read,
  )
    .input(
      z.object({
        ids: z.array(AgentId).max(200).optional().describe('Only of these'),
        history: z.boolean().default(true).describe('Send the last minutes first'),
      }),
    )
    .output(eventIterator(AgentSample)),

  isolation: operation(
    'How well is it closed in?',
    {
      method: 'GET',
      path: '/agents/{id}/isolation',
      description: 'The scorecard of its box, read anew from what runs.',
    },
    { ...read, cli: { positional: ['id'], columns: ['name', 'value', 'ok'] } },
  )
    .input(One)
    .output(z.object({ items: z.array(z.object({ name: z.string(), value: z.string(), ok: z.boolean() })) })),

  patch: operation(
    'Show what an agent changed',
    {
      method: 'GET',
      path: '/agents/{id}/patch',
      description: 'What changed in its workspace, as a patch to be reviewed. Nothing is written.',
    },
    {
      ...read,
      cli: { positional: ['id'] },
      text: textForm(AgentPatch, null, ({ files }) =>
        files.map((file) => file.diff || `Binary file ${file.path} ${file.kind}\n`).join(''),
      ),
    },
  )
    .input(One)
    .output(AgentPatch),

  applyPatch: operation(
    'Take over what an agent changed',
    {
      method: 'POST',
      path: '/agents/{id}/patch/apply',
      description:
        'Writes the patch into the folder that the workspace came from. Refused where that folder has changed in the same places.',
    },
    { permission: 'agents:write', effect: 'destructive', cli: { positional: ['id'] } },
  )
    .input(z.object({ id: AgentId, paths: z.array(z.string()).max(10_000).optional().describe('Only these files') }))
    .output(z.object({ written: z.array(z.string()), removed: z.array(z.string()) })),

  egress: operation(
    'Show where an agent wanted to go',
    {
      method: 'GET',
      path: '/agents/{id}/egress',
      description: 'Every connection it asked for, with the decision, and the smallest list that would allow them.',
    },
    { ...read, cli: { positional: ['id'], columns: ['at', 'host', 'port', 'allowed', 'reason'] } },
  )
    .input(One)
    .output(z.object({ items: z.array(EgressDecision), proposal: z.array(z.string()) })),
}
