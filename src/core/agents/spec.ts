/** What an agent was given, complete: no default is left to be looked up later, when it may be another one. */
import { z } from 'zod'
import { AgentLimits, AgentNetwork, AgentWorkspace } from '../../contract/index.ts'

export const AgentSpec = z.object({
  task: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  tools: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  limits: AgentLimits,
  network: AgentNetwork,
  workspace: AgentWorkspace,
  image: z.string(),
  /** What runs, with task and parameters filled in. */
  command: z.array(z.string()),
  /** Variables of the template and of the task. */
  variables: z.record(z.string(), z.string()),
  approve: z.array(z.string()),
  interactive: z.boolean(),
  models: z.array(z.string()),
})
export type AgentSpec = z.infer<typeof AgentSpec>

export const readSpec = (text: string): AgentSpec => JSON.parse(text) as AgentSpec

export interface Exited {
  code: number | null
  signal: string | null
  at: number
}
