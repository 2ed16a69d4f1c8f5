/** An agent: one sandboxed run from a template. What it is given, what it is, what is known of it. */
import { z } from 'zod'
import { AgentLimits, SomeLimits } from './catalog.ts'
import { RuntimeName } from './runtimes.ts'

export const AgentId = z
  .string()
  .regex(/^[a-z0-9]{6,32}$/, 'must be the id of an agent, as `agents.list` shows it')
  .meta({ examples: ['a7f3k2m9q1ab'] })

export const AGENT_STATES = [
  'pending',
  'starting',
  'running',
  'paused',
  'finished',
  'failed',
  'cancelled',
  'expired',
] as const
export const AgentState = z.enum(AGENT_STATES)
export type AgentState = z.infer<typeof AgentState>

/** How lists are grouped: who waits for a person comes first. */
export const AgentGroup = z.enum(['needs-you', 'working', 'idle', 'done'])
export type AgentGroup = z.infer<typeof AgentGroup>

const Labels = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9._/-]{0,62}$/i, 'a label is a name of letters, digits and . _ / -'),
    z.string().max(200),
  )
  .refine((labels) => Object.keys(labels).length <= 32, 'at most 32 labels')

export const AgentNetwork = z
  .object({
    mode: z
      .enum(['none', 'egress', 'bridge'])
      .default('none')
      .describe(
        'none: no way out; egress: only the hosts allowed here, through Gantry; bridge: the network of the engine, for admins',
      ),
    allow: z
      .array(
        z
          .string()
          .regex(
            /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/i,
            'a host such as example.com, *.example.com or example.com:8443',
          ),
      )
      .max(200)
      .default([])
      .describe('Hosts it may reach, with egress'),
    record: z
      .boolean()
      .default(false)
      .describe('Let every public host through and note it, to propose the smallest list'),
  })
  .meta({ id: 'AgentNetwork' })
export type AgentNetwork = z.infer<typeof AgentNetwork>

export const AgentWorkspace = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('copy'), path: z.string().min(1).describe('A folder of this machine, copied in') }),
    z.object({
      kind: z.literal('git'),
      path: z.string().min(1).describe('A git repository of this machine, cloned in'),
      ref: z.string().min(1).max(200).optional().describe('A branch, tag or commit; else what is checked out'),
    }),
  ])
  .meta({ id: 'AgentWorkspace' })
export type AgentWorkspace = z.infer<typeof AgentWorkspace>

export const AgentBudget = z
  .object({
    tokens: z.int().min(1).optional().describe('In and out, together'),
    money: z.number().min(0.0001).max(100_000).optional().describe('US dollars'),
    toolCalls: z.int().min(0).optional(),
  })
  .meta({ id: 'AgentBudget' })
export type AgentBudget = z.infer<typeof AgentBudget>

export const AgentCreate = z.object({
  template: z
    .string()
    .min(1)
    .max(100)
    .meta({ examples: ['hello'] }),
  task: z.string().max(200_000).default('').describe('What it is to do'),
  name: z.string().trim().min(1).max(80).optional().describe('What people call it; one is made up without this'),
  labels: Labels.default({}),
  parameters: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe('Those of the template'),
  model: z.string().max(100).optional().describe('A model of the catalogue'),
  tools: z
    .array(z.string())
    .max(100)
    .optional()
    .describe('Some of the tools that its template allows; all of them without this'),
  environment: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'the name of an environment variable'),
      z.string().max(32_768),
    )
    .default({})
    .describe('Keys do not belong here: `secret:<name>` stands for a secret, which stays on the host'),
  limits: SomeLimits.default({}),
  runtime: z.enum(['auto', ...RuntimeName.options]).default('auto'),
  image: z.string().max(200).optional().describe('Another image than the template’s, for docker'),
  network: AgentNetwork.prefault({}),
  workspace: AgentWorkspace.default({ kind: 'none' }),
  budget: AgentBudget.default({}),
})
export type AgentCreate = z.infer<typeof AgentCreate>
export type AgentCreateInput = z.input<typeof AgentCreate>

export const AgentNeed = z
  .object({
    id: z.string().describe('What `agents.sendInput` answers'),
    kind: z.enum(['question', 'approval']),
    text: z.string(),
    choices: z.array(z.string()),
    since: z.iso.datetime(),
  })
  .meta({ id: 'AgentNeed' })
export type AgentNeed = z.infer<typeof AgentNeed>

export const AgentUsage = z.object({
  modelCalls: z.int(),
  tokensIn: z.int(),
  tokensOut: z.int(),
  money: z.number().describe('US dollars'),
  toolCalls: z.int(),
})
export type AgentUsage = z.infer<typeof AgentUsage>

export const StopProof = z
  .object({
    steps: z.array(z.string()).describe('What was done, in order'),
    gone: z.array(z.string()).describe('What was verified gone'),
    left: z.array(z.string()).describe('What is still there in spite of all'),
  })
  .meta({ id: 'StopProof' })

export type StopProof = z.infer<typeof StopProof>

const AgentPatchSummary = z.object({
  files: z.int(),
  added: z.int(),
  removed: z.int(),
  appliedAt: z.iso.datetime().nullable(),
})

/** A row of the list: what can be shown without looking further. */
export const AgentSummary = z.object({
  id: AgentId,
  name: z.string(),
  template: z.string(),
  excerpt: z.string().describe('The first words of its task'),
  state: AgentState,
  group: AgentGroup,
  reason: z.string().nullable().describe('Why it is in this state'),
  exitCode: z.int().nullable(),
  needs: AgentNeed.nullable().describe('What it waits to be told'),
  labels: z.record(z.string(), z.string()),
  runtime: RuntimeName.nullable(),
  model: z.string().nullable(),
  createdBy: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  parentId: AgentId.nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  expiresAt: z.iso.datetime(),
  lastActivityAt: z.iso.datetime(),
  usage: AgentUsage,
  budget: AgentBudget,
})
export type AgentSummary = z.infer<typeof AgentSummary>

export const AgentTransition = z.object({
  at: z.iso.datetime(),
  from: AgentState.nullable(),
  to: AgentState,
  reason: z.string().nullable(),
  actor: z.string(),
})
export type AgentTransition = z.infer<typeof AgentTransition>

const EXAMPLE_SUMMARY: AgentSummary = {
  id: 'a7f3k2m9q1ab',
  name: 'hello-7f3k',
  template: 'hello',
  excerpt: '',
  state: 'running',
  group: 'working',
  reason: null,
  exitCode: null,
  needs: null,
  labels: { team: 'docs' },
  runtime: 'sandbox',
  model: null,
  createdBy: { kind: 'owner', id: 'owner', name: 'owner' },
  parentId: null,
  createdAt: '2026-11-21T14:05:00.000Z',
  startedAt: '2026-11-21T14:05:00.120Z',
  endedAt: null,
  expiresAt: '2026-11-21T15:05:00.000Z',
  lastActivityAt: '2026-11-21T14:05:03.000Z',
  usage: { modelCalls: 0, tokensIn: 0, tokensOut: 0, money: 0, toolCalls: 0 },
  budget: {},
}

export const Agent = AgentSummary.extend({
  task: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  tools: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  limits: AgentLimits,
  network: AgentNetwork,
  workspace: AgentWorkspace,
  image: z.string().nullable(),
  ref: z.string().nullable().describe('The container or process that it is'),
  timeline: z.array(AgentTransition),
  stopProof: StopProof.nullable(),
  patch: AgentPatchSummary.nullable().describe('What changed in its workspace'),
  isolation: z
    .array(z.object({ name: z.string(), value: z.string(), ok: z.boolean() }))
    .describe('Read from the running box, when it was started'),
}).meta({
  id: 'Agent',
  examples: [
    {
      ...EXAMPLE_SUMMARY,
      task: '',
      parameters: {},
      tools: [],
      environment: {},
      limits: AgentLimits.parse({}),
      network: { mode: 'none', allow: [], record: false },
      workspace: { kind: 'none' },
      image: null,
      ref: '48213',
      timeline: [{ at: '2026-11-21T14:05:00.000Z', from: null, to: 'pending', reason: null, actor: 'owner' }],
      stopProof: null,
      patch: null,
      isolation: [{ name: 'Network', value: 'none', ok: true }],
    },
  ],
})
export type Agent = z.infer<typeof Agent>

export const AgentMessage = z
  .object({
    seq: z.int(),
    at: z.iso.datetime(),
    from: z.enum(['person', 'agent', 'gantry']),
    kind: z.enum(['text', 'question', 'approval', 'answer', 'tool']),
    text: z.string(),
    /** For a question its id and choices, for an answer what it answers. */
    needId: z.string().nullable(),
    choices: z.array(z.string()),
  })
  .meta({ id: 'AgentMessage' })
export type AgentMessage = z.infer<typeof AgentMessage>

export const AgentSample = z
  .object({
    id: AgentId,
    at: z.iso.datetime(),
    cpuPercent: z.number().describe('Of one core'),
    memoryBytes: z.int(),
    pids: z.int(),
    tokensPerMinute: z.number(),
  })
  .meta({
    id: 'AgentSample',
    examples: [
      {
        id: 'a7f3k2m9q1ab',
        at: '2026-11-21T14:05:00.000Z',
        cpuPercent: 12.5,
        memoryBytes: 81_000_000,
        pids: 4,
        tokensPerMinute: 0,
      },
    ],
  })
export type AgentSample = z.infer<typeof AgentSample>
export { EXAMPLE_SUMMARY as EXAMPLE_AGENT }
