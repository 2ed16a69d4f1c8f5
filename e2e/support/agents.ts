/** Agents as a program starts them, for tests of what the window shows of them. */
import type { Agent, AgentCreateInput, Role } from '../../src/contract/index.ts'
import type { Endpoint } from '../../src/core/endpoint/index.ts'

type Host = Pick<Endpoint, 'url' | 'token'>

const ask = async <T>({ url, token }: Host, method: string, path: string, body?: unknown): Promise<T> => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as T & { message?: string }
  if (!response.ok) throw new Error(`${method} ${path}: ${answer.message ?? response.status}`)
  return answer
}

/** In the sandbox unless it says otherwise: that one needs no engine. */
export const startAgent = (host: Host, input: AgentCreateInput): Promise<Agent> =>
  ask(host, 'POST', '/agents', { runtime: 'sandbox', ...input })

/** A command line that runs for as long as the test. */
export const startCommand = (host: Host, name: string, line: string, more: Partial<AgentCreateInput> = {}) =>
  startAgent(host, { template: 'command', name, parameters: { line }, ...more })

/** The scripted demo does what its task says: one step a line. */
export const startDemo = (host: Host, name: string, task: string, more: Partial<AgentCreateInput> = {}) =>
  startAgent(host, { template: 'assistant', model: 'demo', name, task, ...more })

export const waitForAgent = async (host: Host, id: string): Promise<void> => {
  const { timedOut } = await ask<{ timedOut: boolean }>(host, 'GET', `/agents/wait?ids=${id}&seconds=30`)
  if (timedOut) throw new Error(`The agent ${id} neither ended nor asked`)
}

export const readAgent = (host: Host, id: string): Promise<Agent> => ask(host, 'GET', `/agents/${id}`)

/** A key outlives the Gantry that made it, unlike the token of its endpoint. */
export const makeKey = async (host: Host, name: string, role: Role): Promise<string> =>
  (await ask<{ secret: string }>(host, 'POST', '/access/keys', { name, role })).secret
