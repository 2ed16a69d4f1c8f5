/**
 * What an agent can reach on the loopback of its box: models, tools, and the person it works for. The same words as
 * outside, so that programs work unchanged. Everything here is asked by something that is not to be believed.
 */
import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { z } from 'zod'
import { type Actor, type AgentBudget, ERRORS, GantryError, toGantryError } from '../../contract/index.ts'
import type { ModelCallRecord, ModelCaller, Spent } from '../models/index.ts'
import type { InsideHttpRequest, InsideHttpResponse } from '../wire/index.ts'
import type { Needs } from './needs.ts'
import type { AgentPorts } from './ports.ts'
import type { AgentRow, Records } from './records.ts'
import { type AgentSpec, readSpec } from './spec.ts'

export interface InsideDeps extends Pick<AgentPorts, 'models' | 'tools' | 'egress' | 'catalog'> {
  records: Records
  needs: Needs
  now: () => Date
  /** For the measures: what was spent. */
  onSpent: (use: { tokensIn: number; tokensOut: number; money: number }) => void
}

const Ask = z.object({
  kind: z.enum(['question', 'approval']).default('question'),
  question: z.string().min(1).max(32_768),
  choices: z.array(z.string().max(500)).max(12).default([]),
  key: z.string().max(200).optional(),
})
const Say = z.object({ kind: z.enum(['text', 'tool']).default('text'), text: z.string().max(262_144) })

const MODEL_PATHS =
  /^\/(v1\/(chat\/completions|responses|messages|messages\/count_tokens|models|embeddings)|api\/(chat|generate|tags|version|show|ps)|v1\/models\/.+)?$/

const json = (status: number, value: unknown): InsideHttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

const parse = <S extends z.ZodType>(schema: S, body: Buffer | undefined): z.infer<S> => {
  let value: unknown
  try {
    value = JSON.parse(body?.toString('utf8') ?? '')
  } catch {
    throw new GantryError('E_SCHEMA', 'The body is not JSON.')
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new GantryError('E_SCHEMA', `The body is not of the right form: ${z.prettifyError(result.error)}`)
}

const YES = ['Allow', 'Refuse'] as const

export const createInside = ({ models, tools, egress, catalog, records, needs, now, onSpent }: InsideDeps) => {
  const usedUp = (what: string, limit: string) =>
    new GantryError('E_QUOTA', `The budget of this agent is used up: ${what} of ${limit}.`, {
      hint: 'Finish with what there is. A person can start another agent with more.',
    })

  /** What a child spends, its parent has spent as well: starting others is no way around a budget. */
  const family = (id: string): AgentRow[] => {
    const row = records.find(id)
    if (row === undefined) return []
    const parent = row.parentId === null ? undefined : records.find(row.parentId)
    return parent === undefined ? [row] : [row, parent]
  }

  const spendOf = (id: string) => ({
    check: () => {
      for (const row of family(id)) {
        const budget = JSON.parse(row.budget) as AgentBudget
        const tokens = row.tokensIn + row.tokensOut
        if (budget.tokens !== undefined && tokens >= budget.tokens) {
          throw usedUp(`${tokens} tokens`, String(budget.tokens))
        }
        if (budget.money !== undefined && row.money >= budget.money) {
          throw usedUp(`$${row.money.toFixed(4)}`, `$${budget.money}`)
        }
      }
    },
    // In small steps while an answer streams: everybody is told when the call is over.
    add: ({ tokensIn, tokensOut, money }: Spent) => {
      for (const row of family(id)) {
        records.update(
          row.id,
          { tokensIn: row.tokensIn + tokensIn, tokensOut: row.tokensOut + tokensOut, money: row.money + money },
          true,
        )
      }
    },
  })

  const note = (call: ModelCallRecord) => {
    const { agentId, tokensIn, tokensOut, money } = call
    onSpent({ tokensIn, tokensOut, money })
    const row = records.find(agentId)
    if (row === undefined) return
    records.update(agentId, { modelCalls: row.modelCalls + 1 })
    records.noteModelCall({
      agentId,
      at: Date.parse(call.at),
      model: call.model,
      provider: call.provider,
      outcome: call.error ?? String(call.status),
      tokensIn,
      tokensOut,
      estimated: call.estimated,
      money,
      firstTokenMs: call.firstTokenMs,
      durationMs: call.durationMs,
      attempts: call.attempts,
    })
  }

  const callerOf = (id: string, spec: AgentSpec): ModelCaller => ({
    agentId: id,
    model: spec.models[0] ?? '',
    models: spec.models,
    fallbacks: spec.models.slice(1),
    spend: spendOf(id),
    note,
  })

  const approves = (patterns: readonly string[], tool: string) =>
    patterns.some((pattern) => (pattern.endsWith('*') ? tool.startsWith(pattern.slice(0, -1)) : tool === pattern))

  const beforeTool = (row: AgentRow, spec: AgentSpec) => async (tool: string, input: unknown, signal: AbortSignal) => {
    const current = records.get(row.id)
    const budget = JSON.parse(current.budget) as AgentBudget
    if (budget.toolCalls !== undefined && current.toolCalls >= budget.toolCalls) {
      throw usedUp(`${current.toolCalls} tool calls`, String(budget.toolCalls))
    }
    records.update(row.id, { toolCalls: current.toolCalls + 1 }, true)
    if (!approves(spec.approve, tool)) return
    const words = `${tool} ${JSON.stringify(input)}`
    const question = { kind: 'approval', text: words, choices: YES, key: `tool ${current.toolCalls} ${words}` } as const
    const answer = await needs.ask(row.id, question, signal)
    if (answer !== YES[0]) {
      throw new GantryError('E_FORBIDDEN', `A person refused this call: ${answer}`, {
        hint: 'Find another way, or ask.',
      })
    }
  }

  const ask = async (row: AgentRow, body: Buffer | undefined, signal: AbortSignal) => {
    const { kind, question, choices, key } = parse(Ask, body)
    const offered = kind === 'approval' && choices.length === 0 ? YES : choices
    const answer = await needs.ask(row.id, { kind, text: question, choices: offered, key: key ?? randomUUID() }, signal)
    return json(200, { answer })
  }

  const route = async (row: AgentRow, spec: AgentSpec, request: InsideHttpRequest, signal: AbortSignal) => {
    const path = request.path.split('?', 1)[0] ?? '/'
    if (path === '/ask' && request.method === 'POST') return ask(row, request.body, signal)
    if (path === '/say' && request.method === 'POST') {
      const { kind, text } = parse(Say, request.body)
      needs.say(row.id, { speaker: 'agent', kind, text })
      return { status: 204, headers: {}, body: '' }
    }
    if (path === '/mcp') {
      const actor: Actor = { kind: 'agent', id: row.id, name: row.name, role: 'client' }
      const allowed = spec.tools.flatMap((tool) => [...catalog.tool(tool).operations])
      return tools.handle(request, { actor, allowed, before: beforeTool(row, spec) }, signal)
    }
    if (MODEL_PATHS.test(path)) {
      return models.handle(request, callerOf(row.id, spec), signal)
    }
    throw new GantryError('E_NOT_FOUND', `There is nothing at ${request.method} ${path}.`, {
      hint: 'Here are /mcp, /v1, /api, /ask and /say.',
    })
  }

  return (row: AgentRow, signal: AbortSignal) => {
    const spec = readSpec(row.spec)
    return {
      http: async (request: InsideHttpRequest, requestSignal: AbortSignal): Promise<InsideHttpResponse> => {
        const both = AbortSignal.any([signal, requestSignal])
        try {
          return await route(row, spec, request, both)
        } catch (thrown) {
          const error = toGantryError(thrown)
          return json(ERRORS[error.code].status, error.toBody())
        }
      },
      connect: ({ host, port }: { host: string; port: number }, requestSignal: AbortSignal): Promise<Duplex> => {
        if (spec.network.mode !== 'egress') {
          throw new GantryError('E_FORBIDDEN', 'This agent has no way out.', {
            hint: 'Start it with network.mode egress.',
          })
        }
        return egress.open({
          network: spec.network,
          host,
          port,
          signal: AbortSignal.any([signal, requestSignal]),
          onDecision: ({ allowed, reason }) =>
            records.noteEgress(row.id, { at: now().getTime(), host, port, allowed, reason }),
        })
      },
    }
  }
}
