/** What an MCP client's configuration takes to attach through the shim: no key, no port. */
export const MCP_SNIPPET = JSON.stringify({ mcpServers: { gantry: { command: 'gantry', args: ['mcp'] } } }, null, 2)
