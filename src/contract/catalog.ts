/** What agents are made of: providers, models, tools and templates. Our list, overlaid by the user's own file. */
import { z } from 'zod'
import { operation } from './operation.ts'

const Id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._/:-]*$/i, 'must be a name of letters, digits and . _ - / :')
  .max(100)

export const ProviderKind = z.enum(['openai', 'anthropic', 'ollama', 'openai-compatible', 'demo'])
export type ProviderKind = z.infer<typeof ProviderKind>

export const CatalogProvider = z.object({
  id: Id,
  title: z.string(),
  kind: ProviderKind,
  baseUrl: z.url().optional().describe('Where it is reached; the kind has a usual place'),
  secret: z.string().optional().describe('Name of the secret that holds its key'),
})
export type CatalogProvider = z.infer<typeof CatalogProvider>

export const CatalogModel = z.object({
  id: Id,
  title: z.string(),
  provider: Id,
  name: z.string().describe('What the provider calls it'),
  context: z.int().positive().describe('Tokens that fit in'),
  maxOutput: z.int().positive().optional(),
  inputPrice: z.number().min(0).describe('US dollars for a million tokens in'),
  outputPrice: z.number().min(0).describe('US dollars for a million tokens out'),
  fallbacks: z.array(Id).default([]).describe('Models to go on with when this one cannot be had'),
})
export type CatalogModel = z.infer<typeof CatalogModel>

export const CatalogTool = z.object({
  id: Id,
  title: z.string(),
  description: z.string(),
  /** Operations of Gantry, as MCP names them; `agents_*` stands for all that begin so. */
  operations: z.array(z.string()).default([]).describe('The operations of Gantry it stands for, as tools are named'),
})
export type CatalogTool = z.infer<typeof CatalogTool>

export const TemplateParameter = z.object({
  name: z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'must be a name such as maxSteps'),
  title: z.string(),
  help: z.string().default(''),
  type: z.enum(['text', 'lines', 'number', 'boolean', 'choice']),
  required: z.boolean().default(false),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  choices: z.array(z.string()).default([]),
})
export type TemplateParameter = z.infer<typeof TemplateParameter>

const LIMITS = {
  cpus: z.number().min(0.1).max(64),
  memoryMb: z.int().min(32).max(262_144),
  pids: z.int().min(8).max(32_768),
  diskMb: z.int().min(8).max(262_144).describe('Of the folders it may write to'),
  ttlSeconds: z.int().min(1).max(86_400).describe('It ends this long after it was made, whatever it does'),
  wallSeconds: z.int().min(1).max(86_400).optional().describe('It ends after this much time at work'),
  idleSeconds: z.int().min(1).max(86_400).describe('It is paused after this long without a sign of life'),
}
export const AgentLimits = z.object({
  ...LIMITS,
  cpus: LIMITS.cpus.default(2),
  memoryMb: LIMITS.memoryMb.default(4096),
  pids: LIMITS.pids.default(512),
  diskMb: LIMITS.diskMb.default(1024),
  ttlSeconds: LIMITS.ttlSeconds.default(3600),
  idleSeconds: LIMITS.idleSeconds.default(900),
})
export type AgentLimits = z.infer<typeof AgentLimits>
/** Some of them. Without the defaults: those would hide what a template says. */
export const SomeLimits = z.object(LIMITS).partial()

export const AgentTemplate = z.object({
  id: Id,
  title: z.string(),
  description: z.string(),
  /** What runs: words with `{task}` and `{parameter}` filled in, each word one argument. */
  command: z
    .array(z.string())
    .min(1)
    .describe('The words that start it; {task}, {model} and {<parameter>} are filled in'),
  image: z.string().default('gantry/agent:1').describe('The image it needs, where it runs in containers'),
  recipe: z.string().optional().describe('The Dockerfile in resources/agent-image that makes the image'),
  runtimes: z
    .array(z.enum(['sandbox', 'docker']))
    .default(['sandbox', 'docker'])
    .describe('Where it can run'),
  parameters: z.array(TemplateParameter).default([]),
  task: z.enum(['required', 'optional', 'none']).default('optional').describe('Whether it takes a task text'),
  model: Id.optional().describe('The model it uses unless told otherwise'),
  usesModel: z.boolean().default(false),
  tools: z.array(Id).default([]).describe('The tools it may be given'),
  environment: z.record(z.string(), z.string()).default({}),
  limits: SomeLimits.default({}),
  approve: z.array(z.string()).default([]).describe('Tools that a person is asked about before each use'),
  interactive: z.boolean().default(false).describe('Whether it goes on with what is sent to it'),
  warm: z.int().min(0).max(16).default(0).describe('How many are kept ready'),
})
export type AgentTemplate = z.infer<typeof AgentTemplate>

export const Availability = z.object({
  available: z.boolean(),
  reason: z.string().nullable().describe('Why not, and what would help'),
})
export type Availability = z.infer<typeof Availability>

export const CatalogView = z
  .object({
    problems: z
      .array(z.object({ file: z.string(), path: z.string().describe('JSON path'), message: z.string() }))
      .describe('What is wrong with the user’s file; the last good one applies'),
    overlay: z.string().describe('The user’s own file'),
    providers: z.array(CatalogProvider.extend({ ...Availability.shape })),
    models: z.array(CatalogModel.extend({ ...Availability.shape })),
    tools: z.array(CatalogTool),
    templates: z.array(AgentTemplate.extend({ ...Availability.shape })),
  })
  .meta({
    id: 'Catalog',
    examples: [
      {
        problems: [],
        overlay: '/home/ada/.local/share/gantry/catalog.json',
        providers: [{ id: 'demo', title: 'Demo', kind: 'demo', available: true, reason: null }],
        models: [
          {
            id: 'demo',
            title: 'Demo (scripted, no key)',
            provider: 'demo',
            name: 'demo',
            context: 128_000,
            inputPrice: 0,
            outputPrice: 0,
            fallbacks: [],
            available: true,
            reason: null,
          },
        ],
        tools: [],
        templates: [
          {
            id: 'hello',
            title: 'Hello',
            description: 'Says hello and ends.',
            command: ['hello'],
            image: 'gantry/agent:1',
            runtimes: ['sandbox', 'docker'],
            parameters: [],
            task: 'optional',
            usesModel: false,
            tools: [],
            environment: {},
            limits: {},
            approve: [],
            interactive: false,
            warm: 2,
            available: true,
            reason: null,
          },
        ],
      },
    ],
  })
export type CatalogView = z.infer<typeof CatalogView>

export const catalog = {
  get: operation(
    'Show the catalogue',
    {
      method: 'GET',
      path: '/catalog',
      description: 'Providers, models, tools and agent templates, each with whether it can be used here and why not.',
    },
    { permission: 'catalog:read', effect: 'read', cli: { columns: ['id', 'title', 'available', 'reason'] } },
  )
    .input(z.object({}))
    .output(CatalogView),
}
