import { expect, it } from 'vitest'
import { snippetOf } from './snippet.ts'

it('makes a configuration that parses, whatever is in the path', () => {
  const shim = { command: 'C:\\Program Files\\Gantry\\gantry.exe', args: ['--home', '/a "b"', 'mcp'] }
  expect(JSON.parse(snippetOf(shim))).toEqual({ mcpServers: { gantry: shim } })
})
