/** The tools that Gantry offers this agent at /mcp. Where there is no such thing, the assistant works without. */
import { type MCPClient, createMCPClient } from '@ai-sdk/mcp'
import type { ToolSet } from 'ai'

export interface McpTools {
  tools: ToolSet
  /** Why there are none, where they were expected. */
  problem: string | undefined
  close: () => Promise<void>
}

export const openMcpTools = async (url: string | undefined, patientFetch: typeof fetch): Promise<McpTools> => {
  const none = { tools: {}, close: async () => undefined }
  if (url === undefined) return { ...none, problem: undefined }
  let client: MCPClient | undefined
  try {
    client = await createMCPClient({
      transport: { type: 'http', url, fetch: patientFetch, redirect: 'error' },
      name: 'gantry-assistant',
      onUncaughtError: () => undefined,
    })
    const opened = client
    // The two libraries say the same with types of their own.
    const tools = (await client.tools()) as ToolSet
    return { tools, problem: undefined, close: () => opened.close() }
  } catch (error) {
    await client?.close()
    return { ...none, problem: error instanceof Error ? error.message : String(error) }
  }
}
