/** What the assistant is told by its environment. */
import { z } from 'zod'

const Parameters = z.looseObject({
  system: z.string().default(''),
  maxSteps: z.coerce.number().int().min(1).default(30),
  maxTokens: z.coerce.number().int().min(1).default(200_000),
  maxSeconds: z.coerce.number().min(1).default(900),
})

const Environment = z.object({
  GANTRY_TASK: z.string().default(''),
  GANTRY_MODEL: z.string().default(''),
  GANTRY_URL: z.url().optional(),
  GANTRY_MCP_URL: z.url().optional(),
  OPENAI_BASE_URL: z.url('OPENAI_BASE_URL must say where models are'),
  GANTRY_APPROVE: z.string().default(''),
  GANTRY_INTERACTIVE: z.string().default(''),
  GANTRY_PARAMETERS: z
    .string()
    .default('{}')
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text === '' ? '{}' : text)
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON' })
        return z.NEVER
      }
    })
    .pipe(Parameters),
})

export interface Settings {
  task: string
  model: string
  modelUrl: string
  gantryUrl: string | undefined
  mcpUrl: string | undefined
  approve: string[]
  isInteractive: boolean
  limits: { steps: number; tokens: number; seconds: number }
  system: string
}

export const readSettings = (environment: NodeJS.ProcessEnv): Settings => {
  const read = Environment.safeParse(environment)
  if (!read.success) throw new Error(`The environment is not as it should be: ${z.prettifyError(read.error)}`)
  const { GANTRY_PARAMETERS: parameters, ...rest } = read.data
  return {
    task: rest.GANTRY_TASK.trim(),
    model: rest.GANTRY_MODEL === '' ? 'default' : rest.GANTRY_MODEL,
    modelUrl: rest.OPENAI_BASE_URL,
    gantryUrl: rest.GANTRY_URL,
    mcpUrl: rest.GANTRY_MCP_URL,
    approve: rest.GANTRY_APPROVE.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
    isInteractive: rest.GANTRY_INTERACTIVE === '1',
    limits: { steps: parameters.maxSteps, tokens: parameters.maxTokens, seconds: parameters.maxSeconds },
    system: parameters.system,
  }
}
