/** Real MCP clients against the core in the window: over HTTP with a key, and through the shim without one. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { listOperations, contract } from '../src/contract/index.ts'
import { CLI } from './support/paths.ts'
import { killGroup, processesNaming } from './support/processes.ts'
import { expect, test } from './support/test.ts'
import { type Stage, cleanEnv, waitForEndpoint } from './support/stage.ts'
import { createKey, open } from './support/window.ts'

const connect = async (stage: Stage, transport: Transport): Promise<Client> => {
  const client = new Client({ name: 'e2e', version: '1.0.0' })
  await client.connect(transport)
  stage.onEnd(() => client.close())
  return client
}

const overHttp = (stage: Stage, url: string, secret: string) => {
  const headers = { authorization: `Bearer ${secret}` }
  return connect(
    stage,
    new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }) as Transport,
  )
}

const throughShim = async (stage: Stage) => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, 'mcp', '--home', stage.home],
    env: cleanEnv(),
    stderr: 'pipe',
  })
  return { client: await connect(stage, transport), pid: transport.pid ?? -1 }
}

const pidBehind = async (client: Client) => {
  const { structuredContent } = await client.callTool({ name: 'system_info', arguments: {} })
  return (structuredContent as { pid: number }).pid
}

test('a client over HTTP sees every tool of the contract and calls them; the window shows what it did', async ({
  gantry,
  page,
  stage,
}) => {
  const client = await overHttp(stage, gantry.url(), await createKey(page, 'agent', 'admin'))
  const { tools } = await client.listTools()
  const named = listOperations(contract).filter(({ meta, stream }) => meta.mcp !== false && !stream)
  expect(tools.map(({ name }) => name).toSorted()).toEqual(
    expect.arrayContaining(named.map(({ path }) => path.join('_')).toSorted()),
  )
  expect(await pidBehind(client)).toBe(gantry.pid)

  await client.callTool({ name: 'settings_set', arguments: { key: 'window.theme', value: 'dark' } })
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await open(page, 'Audit')
  const row = page.getByRole('row', { name: /settings\.set/ })
  await expect(row).toContainText('agent')
  await expect(row).toContainText('mcp')

  const failed = await client.callTool({ name: 'settings_set', arguments: { key: 'window.theme', value: 'purple' } })
  expect(failed.isError).toBe(true)
  expect(JSON.stringify(failed.content)).toContain('window.theme')
})

test('without a key, or with one that was revoked, nobody gets in', async ({ gantry, stage }) => {
  await expect(overHttp(stage, gantry.url(), 'gk_wrong')).rejects.toThrow()
})

test('the shim attaches to the window, outlives its death and its return, and ends with its client', async ({
  gantry,
  stage,
}) => {
  const { client, pid } = await throughShim(stage)
  expect(await pidBehind(client)).toBe(gantry.pid)
  expect(processesNaming(stage.home).filter(({ command }) => command.includes(' serve '))).toEqual([])

  killGroup(gantry.pid)
  await gantry.exit
  const headless = await pidBehind(client)
  expect(headless).not.toBe(gantry.pid)
  expect((await waitForEndpoint(stage.home, 'attached')).pid).toBe(headless)

  const again = await stage.launch()
  expect(again.endpoint().mode).toBe('window')
  expect(await pidBehind(client)).toBe(again.pid)

  await client.close()
  await expect.poll(() => processesNaming(stage.home).filter((entry) => entry.pid === pid)).toEqual([])
})

test('many clients at once get their own answers', async ({ gantry, page, stage }) => {
  const secret = await createKey(page, 'many', 'admin')
  const clients = await Promise.all([
    ...Array.from({ length: 3 }, () => overHttp(stage, gantry.url(), secret)),
    ...Array.from({ length: 2 }, async () => (await throughShim(stage)).client),
  ])
  const answers = await Promise.all(clients.flatMap((client) => Array.from({ length: 20 }, () => pidBehind(client))))
  expect(new Set(answers)).toEqual(new Set([gantry.pid]))
})
