/** The MCP SDK's own client, over HTTP. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CallToolResultSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { onTestFinished } from 'vitest'
import type { Cleanup } from './home.ts'

export const connectMcp = async (url: string, key: string, cleanup: Cleanup = onTestFinished) => {
  const client = new Client({ name: 'test', version: '1' })
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  })
  // The SDK's transport type does not satisfy its own interface under exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<Client['connect']>[0])
  cleanup(() => client.close())
  return { client, transport }
}

/** One call, checked against the protocol's schema of an answer. */
export const mcpCall = async (
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<CallToolResult> =>
  CallToolResultSchema.parse(
    await client.request({ method: 'tools/call', params: { name, arguments: args } }, CallToolResultSchema),
  )
