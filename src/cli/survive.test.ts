/** Gantry is killed while agents write. Nothing is lost: not an agent, not an exit code, not a line. */
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { GantryClient, LogEntry, RuntimeName } from '../contract/index.ts'
import { type Endpoint, readEndpoint } from '../core/index.ts'
import { freePort, provideImage, spawnCli, tempHome, testEnv, until } from '../core/testing/index.ts'

const AGENTS = 20
const LINES = 4000

const dockerHost = process.env['DOCKER_HOST'] ?? ''
const RUNTIMES: RuntimeName[] = process.env['GANTRY_TEST_DOCKER'] === 'available' ? ['sandbox', 'docker'] : ['sandbox']

const serve = async (home: string) => {
  const env = { ...testEnv(home, await freePort()), DOCKER_HOST: dockerHost, GANTRY_AGENTS_WARM: 'false' }
  const host = spawnCli(['serve', '--json'], { env })
  await host.line()
  const { url, token } = readEndpoint(home) as Endpoint
  const client: GantryClient = createORPCClient(
    new RPCLink({ url: `${url}/rpc`, headers: { authorization: `Bearer ${token}` } }),
  )
  return { ...host, client }
}

/** What one agent wrote, put together again. */
const linesOf = async (client: GantryClient, id: string): Promise<string[]> => {
  const entries: LogEntry[] = []
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: { items: LogEntry[]; next: number | null } = await client.agents.logs({
      id,
      after,
      limit: 10_000,
      streams: ['out'],
    })
    entries.push(...page.items)
    after = page.next ?? undefined
  }
  const text = entries.map(({ text, open }) => `${text ?? ''}${open === true ? '' : '\n'}`).join('')
  return text.split('\n').slice(0, -1)
}

/** When told to begin: numbered lines, with pauses so that the kill falls among them; then an exit code of its own. */
const writer = (code: number) =>
  `read go; i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "line $i"; [ $((i % 400)) -eq 0 ] && sleep 0.4; done; exit ${code}`

describe.each(RUNTIMES)('killed with twenty agents in %s that write', (runtime) => {
  test(
    'Gantry finds them all again, with their true exit codes and every line once',
    { timeout: 180_000 },
    async () => {
      const home = tempHome()
      const first = await serve(home)
      onTestFinished(async () => {
        const last = await serve(home).catch(() => undefined)
        await last?.client.agents.cancelAll({ graceSeconds: 0 }).catch(() => undefined)
      })
      if (runtime === 'docker') await provideImage(first.client)
      const ids: string[] = []
      for (let index = 0; index < AGENTS; index += 1) {
        const { id } = await first.client.agents.create({
          template: 'command',
          runtime,
          parameters: { line: writer(index % 4) },
          limits: { memoryMb: 256 },
        })
        ids.push(id)
      }
      await until(async () => {
        const { items } = await first.client.agents.list({ states: ['running'] })
        return items.length === AGENTS ? true : undefined
      }, 'all of them to run')
      for (const id of ids) await first.client.agents.sendInput({ id, text: 'go' })
      for await (const { entries } of await first.client.agents.stream({ id: ids.at(-1) ?? '' })) {
        if (entries.some(({ text }) => text === 'line 1')) break
      }
      first.kill('SIGKILL')
      await first.ended

      const second = await serve(home)
      const { timedOut, items } = await second.client.agents.wait({ ids, until: 'all', seconds: 120 })
      expect(timedOut).toBe(false)
      expect(items.map(({ state, exitCode }) => [state, exitCode])).toEqual(
        ids.map((_, index) => [index % 4 === 0 ? 'finished' : 'failed', index % 4]),
      )
      const wanted = Array.from({ length: LINES }, (_, index) => `line ${index + 1}`)
      for (const id of ids) expect(await linesOf(second.client, id)).toEqual(wanted)
      second.kill('SIGTERM')
      await second.ended
    },
  )
})
