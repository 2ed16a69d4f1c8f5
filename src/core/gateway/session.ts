/**
 * One MCP session: its own protocol server and its own transport, so that no reply can reach another client.
 * Loaded with the first client; a Gantry nobody attaches to does not carry the protocol's code in memory.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { CallToolRequestSchema, ErrorCode, ListToolsRequestSchema, McpError } from '@modelcontextprotocol/sdk/types.js'
import { type Invoke, callTool } from './call.ts'
import type { Toolset } from './tools.ts'

export interface SessionOptions {
  toolset: Toolset
  version: string
  invoke: Invoke
  onOpen: (id: string) => void
  onClose: (id: string) => void
}

export interface Session {
  handle: (request: IncomingMessage, response: ServerResponse, body: unknown) => Promise<void>
  close: () => Promise<void>
}

const INSTRUCTIONS =
  'Gantry runs and watches agents, MCP servers and services on this machine. Start with system_health. ' +
  'Errors carry a code and a hint; follow the hint before trying again.'

/** Asks, counts or refuses before a tool is called. */
export type BeforeCall = (tool: string, input: unknown, signal: AbortSignal) => Promise<void>

/** The protocol's side of it: which tools there are, and calling them. */
export const createProtocolServer = (
  { toolset, version, invoke }: Pick<SessionOptions, 'toolset' | 'version' | 'invoke'>,
  before: BeforeCall = async () => undefined,
): Server => {
  const server = new Server(
    { name: 'gantry', title: 'Gantry', version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: toolset.tools }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const operation = toolset.operations.get(params.name)
    if (operation === undefined) {
      throw new McpError(
        ErrorCode.InvalidParams,
        `There is no tool named "${params.name}" for this key. tools/list shows those there are.`,
      )
    }
    const progressToken = params._meta?.progressToken
    return callTool(
      operation,
      params.arguments ?? {},
      async (called, input, callSignal) => {
        await before(params.name, params.arguments ?? {}, callSignal)
        return invoke(called, input, callSignal)
      },
      {
        signal,
        progress: async (progress, item) => {
          if (progressToken === undefined) return
          await sendNotification({
            method: 'notifications/progress',
            params: { progressToken, progress, message: JSON.stringify(item) },
          })
        },
      },
    )
  })
  return server
}

export const openSession = async ({ toolset, version, invoke, onOpen, onClose }: SessionOptions): Promise<Session> => {
  const server = createProtocolServer({ toolset, version, invoke })
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: onOpen,
  })
  transport.onclose = () => {
    if (transport.sessionId !== undefined) onClose(transport.sessionId)
  }
  await server.connect(transport)

  return {
    handle: (request, response, body) => transport.handleRequest(request, response, body),
    close: () => server.close(),
  }
}
