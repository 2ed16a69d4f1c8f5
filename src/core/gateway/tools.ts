/** The operations as MCP tools: names, words, schemas and annotations, all from the contract. */
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { type Operation, type Role, inputJsonSchema, outputJsonSchema, roleMay } from '../../contract/index.ts'

/** A tool call ends; a stream does not. So a stream as a tool collects for a while. */
export const STREAM_LIMITS = { maxItems: { default: 50, most: 1000 }, maxSeconds: { default: 5, most: 300 } }

export const toolName = ({ path }: Operation): string => path.join('_')

export const toTool = (operation: Operation): Tool => ({
  name: toolName(operation),
  title: operation.summary,
  description: operation.stream
    ? `${operation.description} As a tool it collects for a while and returns what came; each item is also sent as progress.`
    : operation.description,
  inputSchema: asObjectSchema(
    operation.stream ? withStreamLimits(inputJsonSchema(operation)) : inputJsonSchema(operation),
  ),
  outputSchema: asObjectSchema(operation.stream ? collected(outputJsonSchema(operation)) : outputJsonSchema(operation)),
  annotations: {
    title: operation.summary,
    readOnlyHint: operation.meta.effect === 'read',
    destructiveHint: operation.meta.effect === 'destructive',
    idempotentHint: operation.method !== 'POST',
    openWorldHint: false,
  },
})

export interface Toolset {
  tools: Tool[]
  operations: ReadonlyMap<string, Operation>
}

/** What a role may use, and no more: agents are not shown what they would be refused. */
export const createToolset = (operations: readonly Operation[], role: Role): Toolset => {
  const usable = operations.filter(({ meta }) => meta.permission === 'public' || roleMay(role, meta.permission))
  return { tools: usable.map(toTool), operations: new Map(usable.map((operation) => [toolName(operation), operation])) }
}

const matches = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

/** Those of a toolset that one of the patterns names. */
export const narrowToolset = ({ tools, operations }: Toolset, patterns: readonly string[]): Toolset => {
  const isAllowed = (name: string) => patterns.some((pattern) => matches(name, pattern))
  return {
    tools: tools.filter(({ name }) => isAllowed(name)),
    operations: new Map([...operations].filter(([name]) => isAllowed(name))),
  }
}

type Schema = Record<string, unknown>

const asObjectSchema = (schema: Schema): Tool['inputSchema'] => ({ ...schema, type: 'object' })

const limit = ({ default: fallback, most }: { default: number; most: number }, description: string) => ({
  type: 'integer',
  minimum: 1,
  maximum: most,
  default: fallback,
  description,
})

const withStreamLimits = (schema: Schema): Schema => ({
  ...schema,
  properties: {
    ...(schema['properties'] as Schema | undefined),
    maxItems: limit(STREAM_LIMITS.maxItems, 'Return after this many items'),
    maxSeconds: limit(STREAM_LIMITS.maxSeconds, 'Return after this many seconds'),
  },
})

const collected = (item: Schema): Schema => {
  const { $defs, ...schema } = item
  return {
    type: 'object',
    properties: {
      items: { type: 'array', items: schema },
      ended: { type: 'string', enum: ['complete', 'maxItems', 'maxSeconds'] },
    },
    required: ['items', 'ended'],
    ...($defs === undefined ? {} : { $defs }),
  }
}
