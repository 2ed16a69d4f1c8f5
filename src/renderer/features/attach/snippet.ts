import type { Info } from '../../../contract/index.ts'

/** What an MCP client's configuration takes to attach through the shim: no key, no port. */
export const snippetOf = ({ command, args }: Info['shim']): string => `{
  "mcpServers": {
    "gantry": {
      "command": ${JSON.stringify(command)},
      "args": [${args.map((argument) => JSON.stringify(argument)).join(', ')}]
    }
  }
}`
