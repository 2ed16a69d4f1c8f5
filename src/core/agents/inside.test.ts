/** What an agent reaches from its box: models, tools, a person, a workspace. With the scripted demo for a model. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect as connectTo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { AgentCreateInput, GantryClient } from '../../contract/index.ts'
import { type TestCoreOptions, startTestCore, tempHome } from '../testing/index.ts'

const opened = async (options: TestCoreOptions = {}) => {
  const core = await startTestCore({ ...options, env: { GANTRY_AGENTS_WARM: 'false' } })
  const client = core.client(core.core.access.ownerToken)
  onTestFinished(async () => {
    await client.agents.cancelAll({ graceSeconds: 0 }).catch(() => undefined)
  })
  return { ...core, client }
}

const LIMITS = { memoryMb: 512 }
const assist = (client: GantryClient, task: string, more: Partial<AgentCreateInput> = {}) =>
  client.agents.create({ template: 'assistant', task, model: 'demo', limits: LIMITS, runtime: 'sandbox', ...more })
const run = (client: GantryClient, line: string, more: Partial<AgentCreateInput> = {}) =>
  client.agents.create({ template: 'command', parameters: { line }, limits: LIMITS, runtime: 'sandbox', ...more })

const logOf = async (client: GantryClient, id: string) =>
  (await client.agents.logs({ id, limit: 10_000 })).items.map(({ text }) => text ?? '').join('\n')

/** Waits for a question, or for the end. */
const need = async (client: GantryClient, id: string) => {
  await client.agents.wait({ ids: [id], seconds: 55 })
  return (await client.agents.get({ id })).needs
}
const ended = async (client: GantryClient, id: string) => {
  await client.agents.wait({ ids: [id], needs: false, seconds: 55 })
  return client.agents.get({ id })
}
/** The node of the box, as any program inside would use it. */
const inNode = (script: string) => `"$(ls /opt/gantry/node /usr/local/bin/node 2>/dev/null | head -1)" -e '${script}'`

test('an assistant works through the tools it was given, and asks what it has to be told', async () => {
  const { client } = await opened()
  const { id } = await assist(client, 'use system_health {}\nask Which colour?\nsay thanks', { tools: ['gantry-read'] })
  expect(await need(client, id)).toMatchObject({ kind: 'question', text: 'Which colour?' })
  expect(await client.agents.status({ id })).toMatchObject({ group: 'needs-you' })
  await client.agents.sendInput({ id, text: 'green' })
  await client.agents.sendInput({ id, text: '', end: true })
  const agent = await ended(client, id)
  expect(agent.usage.modelCalls).toBeGreaterThanOrEqual(2)
  expect(agent.usage.toolCalls).toBe(1)
  expect(agent.usage.tokensIn).toBeGreaterThan(0)
  const said = (await client.agents.messages({ id })).items
  expect(said.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['question', 'answer', 'text']))
  expect(await logOf(client, id)).toContain('system_health')
})

test('a tool that needs a person’s consent waits for it, once, and a refusal reaches the model', async () => {
  const { client } = await opened()
  const { id } = await assist(client, 'use agents_create {"template":"hello"}\nsay so', { tools: ['gantry-agents'] })
  expect(await need(client, id)).toMatchObject({ kind: 'approval', text: expect.stringContaining('agents_create') })
  await client.agents.sendInput({ id, text: 'Refuse' })
  await client.agents.sendInput({ id, text: '', end: true })
  await ended(client, id)
  expect((await client.agents.messages({ id })).items.filter(({ kind }) => kind === 'approval')).toHaveLength(1)
  expect((await client.agents.list({})).items).toHaveLength(1)
})

test('what an agent starts is its own: seen by it, limited to it, and ended with it', async () => {
  const { client } = await opened()
  const child = '{"template":"command","parameters":{"line":"sleep 300"},"limits":{"memoryMb":128}}'
  const { id } = await assist(client, `use agents_create ${child}\nask Go on?`, { tools: ['gantry-agents'] })
  await need(client, id)
  await client.agents.sendInput({ id, text: 'Allow' })
  expect(await need(client, id)).toMatchObject({ text: 'Go on?' })
  const children = (await client.agents.list({ key: id })).items
  expect(children).toMatchObject([{ parentId: id, template: 'command' }])
  await client.agents.cancel({ id, graceSeconds: 0 })
  expect(await ended(client, children[0]?.id ?? '')).toMatchObject({
    state: 'cancelled',
    reason: 'the agent that started it ended',
  })
})

test('a tool that it was not given is not there, and one that its role may not use neither', async () => {
  const { client } = await opened()
  const script = `
    const rpc = (method, params) => fetch(process.env.GANTRY_MCP_URL, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) }).then((r) => r.json());
    const list = await rpc("tools/list", {});
    console.log("tools", list.result.tools.map((t) => t.name).join(" "));
    console.log("call", JSON.stringify(await rpc("tools/call", { name: "access_keys_create", arguments: { name: "x" } })));`
  const { id } = await run(client, inNode(script))
  await ended(client, id)
  const log = await logOf(client, id)
  expect(log).toMatch(/^tools $/m)
  expect(log).toContain('There is no tool named')
})

test('a program finds models under the usual names, and a key that is none', async () => {
  const { client } = await opened()
  const script = `
    const ask = async (path, body) => { const r = await fetch(process.env.GANTRY_URL + path, { method: "POST", headers: { "content-type": "application/json", authorization: "Bearer " + process.env.OPENAI_API_KEY }, body: JSON.stringify(body) }); return r.status + " " + (await r.text()).includes("demo:"); };
    const messages = [{ role: "user", content: "say hi" }];
    console.log("openai", await ask("/v1/chat/completions", { model: "gpt-4o", messages }));
    console.log("responses", await ask("/v1/responses", { model: "gpt-4o", input: "say hi" }));
    console.log("anthropic", await ask("/v1/messages", { model: "claude", max_tokens: 99, messages }));
    console.log("ollama", await ask("/api/chat", { model: "llama3", messages, stream: false }));
    console.log("key", process.env.OPENAI_API_KEY);`
  const { id } = await run(client, inNode(script), { model: 'demo' })
  await ended(client, id)
  const log = await logOf(client, id)
  for (const shape of ['openai', 'responses', 'anthropic', 'ollama']) expect(log).toContain(`${shape} 200 true`)
  expect(log).toContain('key placeholder')
})

test('a budget that is used up ends the spending, in words the agent can read', async () => {
  const { client } = await opened()
  const { id } = await assist(client, 'say one\nuse list_files {}\nuse list_files {"path":"."}\nsay two', {
    budget: { tokens: 50 },
    tools: [],
  })
  const agent = await ended(client, id)
  expect(agent.state).toBe('failed')
  expect(await logOf(client, id)).toContain('The budget of this agent is used up')
})

test('what an agent changed comes back as a patch, and is written only when asked for', async () => {
  const { client } = await opened()
  const folder = join(tempHome(), 'project')
  mkdirSync(join(folder, 'src'), { recursive: true })
  writeFileSync(join(folder, 'src', 'a.txt'), 'one\ntwo\nthree\n')
  writeFileSync(join(folder, 'old.txt'), 'gone soon\n')
  const line = 'sed -i s/two/TWO/ src/a.txt; rm old.txt; echo new > new.txt'
  const { id } = await run(client, line, { workspace: { kind: 'copy', path: folder } })
  expect(await ended(client, id)).toMatchObject({ state: 'finished', patch: { files: 3, appliedAt: null } })
  const patch = await client.agents.patch({ id })
  expect(patch.files.map(({ path, kind }) => `${kind} ${path}`).toSorted()).toEqual([
    'added new.txt',
    'changed src/a.txt',
    'removed old.txt',
  ])
  expect(readFileSync(join(folder, 'src', 'a.txt'), 'utf8')).toBe('one\ntwo\nthree\n')
  await client.agents.applyPatch({ id })
  expect(readFileSync(join(folder, 'src', 'a.txt'), 'utf8')).toBe('one\nTWO\nthree\n')
  expect((await client.agents.get({ id })).patch?.appliedAt).not.toBeNull()
})

test('a git repository is cloned in as it is committed, and a conflict writes nothing', async () => {
  const { client } = await opened()
  const folder = join(tempHome(), 'repository')
  mkdirSync(folder)
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-C', folder, ...args])
  git('init', '-q')
  writeFileSync(join(folder, 'a.txt'), 'committed\n')
  git('add', '.')
  git('commit', '-qm', 'first')
  writeFileSync(join(folder, 'a.txt'), 'edited meanwhile\n')
  const { id } = await run(client, 'cat a.txt; echo agent > a.txt', { workspace: { kind: 'git', path: folder } })
  expect((await ended(client, id)).state).toBe('finished')
  expect(await logOf(client, id)).toContain('committed')
  await expect(client.agents.applyPatch({ id })).rejects.toMatchObject({ code: 'E_CONFLICT' })
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('edited meanwhile\n')
})

test('with a list of hosts, an agent that wants elsewhere is refused, and it is written down', async () => {
  const { client } = await opened()
  const script = `
    const { request } = require("http");
    const proxy = new URL(process.env.HTTPS_PROXY);
    const ask = (target) => new Promise((resolve) => request({ host: proxy.hostname, port: proxy.port, method: "CONNECT", path: target }).on("connect", (r) => resolve(r.statusCode)).on("response", (r) => resolve(r.statusCode)).on("error", (e) => resolve(e.code)).end());
    for (const target of ["elsewhere.example:443", "127.0.0.1:22", "169.254.169.254:80"]) console.log(target, await ask(target));`
  const { id } = await run(
    client,
    `cat > /tmp/x.mjs <<'END'\nimport { createRequire } from "node:module"; const require = createRequire("/");${script}\nEND\n"$(ls /opt/gantry/node /usr/local/bin/node 2>/dev/null | head -1)" /tmp/x.mjs`,
    {
      network: { mode: 'egress', allow: ['allowed.example', '127.0.0.1', '169.254.169.254'] },
    },
  )
  await ended(client, id)
  const { items } = await client.agents.egress({ id })
  expect(items.map(({ host, allowed }) => [host, allowed])).toEqual([
    ['elsewhere.example', false],
    ['127.0.0.1', false],
    ['169.254.169.254', false],
  ])
  expect(await logOf(client, id)).not.toMatch(/ 200$/m)
})

test('an agent reaches the one host that it was allowed, through a proxy on its own loopback', async () => {
  const page = createServer((_request, response) => void response.end('Example Domain'))
  await new Promise<void>((resolve) => void page.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void page.close())
  const { port } = page.address() as AddressInfo
  const dialled: string[] = []
  const { client } = await opened({
    // The one thing that is stood in for is the world: a name server and a way to a public address.
    outside: {
      lookup: async () => [{ address: '93.184.215.14' }],
      connect: ({ address, port: wanted }) => {
        dialled.push(`${address}:${wanted}`)
        return connectTo({ host: '127.0.0.1', port })
      },
    },
  })
  const script = `
    const { request } = require("http");
    const proxy = new URL(process.env.HTTP_PROXY);
    request({ host: proxy.hostname, port: proxy.port, path: "http://example.com/", headers: { host: "example.com" } }, async (r) => { let t = ""; for await (const c of r) t += c; console.log(r.statusCode, t) }).end();`
  const { id } = await run(client, inNode(script), { network: { mode: 'egress', allow: ['example.com'] } })
  await ended(client, id)
  expect(await logOf(client, id)).toContain('200 Example Domain')
  expect(dialled).toEqual(['93.184.215.14:80'])
  const { items, proposal } = await client.agents.egress({ id })
  expect(items).toMatchObject([{ host: 'example.com', port: 80, allowed: true }])
  expect(proposal).toEqual(['example.com'])
})

test('what a paused agent changed is read when it is stopped', async () => {
  const { client } = await opened()
  const folder = join(tempHome(), 'project')
  mkdirSync(folder)
  writeFileSync(join(folder, 'a.txt'), 'before\n')
  const { id } = await run(client, 'echo after > a.txt; echo written; sleep 300', {
    workspace: { kind: 'copy', path: folder },
  })
  for await (const { entries } of await client.agents.stream({ id })) {
    if (entries.some(({ text }) => text === 'written')) break
  }
  await client.agents.pause({ id })
  await client.agents.cancel({ id, graceSeconds: 0 })
  expect((await client.agents.patch({ id })).files).toMatchObject([{ path: 'a.txt', kind: 'changed' }])
})
