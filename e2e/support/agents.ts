/** Agents as a program starts them, for tests of what the window shows of them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
const startAgent = (host: Host, input: AgentCreateInput): Promise<Agent> =>
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

const MIGRATION = `think I look for readers of the old column.
use run_command {"command":"echo 38 passed, 1 failed: keeps legacy_id readable for old clients"}
think Two readers of legacy_id remain.
ask The migration drops the column legacy_id. It is still read in two places. Drop it anyway, or keep it one more release? [Keep it|Drop it]`

const BUILD = `i=0; while true; do i=$((i+1)); printf 'compile \\033[36mmodule-%03d\\033[0m\\n' $i; [ $((i % 9)) = 0 ] && echo "warning: module-$i is not used" >&2; sleep 1; done`

/** Some agents in every group, as after an hour of work. */
export const furnishAgents = async (host: Host, folder: string): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'README.md'), '# Shop\n\nInstall, then start.\n')
  const tidy = 'printf "\\n## Tests\\n\\nnpm test\\n" >> README.md; echo MIT > LICENSE; echo tidied'
  const ended = await Promise.all([
    startCommand(host, 'tidy-readme', tidy, { workspace: { kind: 'copy', path: folder }, labels: { team: 'docs' } }),
    startCommand(host, 'flaky-hunt', 'echo trying again; echo "timed out" >&2; exit 3'),
    startAgent(host, { template: 'hello', name: 'hello', task: 'Say that everything works' }),
    startDemo(host, 'release-notes', 'say The notes of 2.4 are written.\nask Publish them now? [Publish|Not yet]', {
      budget: { tokens: 50_000 },
    }),
    startDemo(host, 'migrate-sessions', MIGRATION, { budget: { money: 5 }, labels: { team: 'auth' } }),
  ])
  for (const { id } of ended) await waitForAgent(host, id)
  await startCommand(host, 'nightly-build', BUILD)
  await startCommand(host, 'watch-folder', 'echo watching; sleep 600')
}
