/** What an MCP client's configuration takes to attach through the shim: no key, no port. */
export const MCP_SNIPPET = `{
  "mcpServers": {
    "gantry": {
      "command": "gantry",
      "args": ["mcp"]
    }
  }
}`
