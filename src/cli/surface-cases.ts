/** What each operation is asked on every surface: something good, and something that fails alike everywhere. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentCreateInput, GantryClient, Health } from '../contract/index.ts'
import { type TestCore, type manualTimer, tempHome, until } from '../core/testing/index.ts'

export type Input = Record<string, unknown>

export interface Surroundings {
  core: TestCore
  client: GantryClient
  timer: ReturnType<typeof manualTimer>
}

export interface Case {
  /** Made anew for each surface: what one has revoked, the next cannot. */
  input: (around: Surroundings) => Input | Promise<Input>
  /** What of the answer is the same each time it is asked for. */
  same?: (output: never) => unknown
  /** Refused to the owner, who comes by all surfaces but never signed in. */
  onlySessions?: boolean
  /** Not tried here for its answer: it takes what not every machine has. */
  onlyFails?: boolean
  /** Answered where there is an engine, and refused alike on every surface where there is none. */
  needsEngine?: boolean
  /** What fails with the same error everywhere; needed where there is an input at all. */
  bad?: Input
}

const nothing = () => ({})
const shapeOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shapeOf(entry)]))
    : typeof value

const NO_AGENT = { id: 'No agent' }
const stateOf = ({ id: _, ...rest }: Input) => rest['state']

/** An agent that has run its line to the end. */
const make = async ({ client }: Surroundings, line: string, more: Partial<AgentCreateInput> = {}) => {
  const { id } = await client.agents.create({ template: 'command', runtime: 'sandbox', parameters: { line }, ...more })
  await client.agents.wait({ ids: [id], seconds: 60 })
  return { id }
}

const made = new WeakMap<TestCore, Promise<{ id: string }>>()
/** One for all who only look. */
const ended = (around: Surroundings) => {
  const one = made.get(around.core) ?? make(around, 'echo "it wrote all this"')
  made.set(around.core, one)
  return one
}

/** One that runs until it is told something. */
const waiting = async ({ client }: Surroundings) => {
  const { id } = await client.agents.create({ template: 'command', runtime: 'sandbox', parameters: { line: 'read x' } })
  await until(async () => ((await client.agents.status({ id })).state === 'running' ? true : undefined), 'it to run')
  return { id }
}

/** Of one that runs there is something to show after some rounds. */
const sampled = async (around: Surroundings) => {
  const { id } = await waiting(around)
  const stream = await around.client.agents.stats({ ids: [id] })
  const first = stream.next()
  let seen = false
  void first.then(() => (seen = true))
  await until(() => {
    around.timer.tick(SAMPLE_MS)
    return seen ? true : undefined
  }, 'a sample')
  await stream.return(undefined)
  return { id }
}
const SAMPLE_MS = 4000

const changed = (around: Surroundings) => {
  const folder = join(tempHome(), 'work')
  mkdirSync(folder)
  writeFileSync(join(folder, 'a.txt'), 'before\n')
  return make(around, 'echo after > a.txt', { workspace: { kind: 'copy', path: folder } })
}

export const CASES: Record<string, Case> = {
  'system.health': {
    input: nothing,
    // How much room is left on the disk is not ours to hold still.
    same: ({ status, checks }: Health) => [status, checks.map(({ name, status: found }) => [name, found])],
  },
  'system.info': { input: nothing },
  'system.metrics': {
    input: nothing,
    same: ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name),
  },
  'system.vitals': { input: () => ({ history: true }), bad: { history: 'perhaps' } },
  'system.backups': { input: nothing },
  'system.backup': { input: nothing, same: shapeOf },
  'system.restore': {
    input: async ({ client }) => ({ name: (await client.system.backup({})).name }),
    same: shapeOf,
    bad: { name: '20200101T000000000Z-manual.db' },
  },
  'system.stop': { input: nothing },
  'settings.get': { input: nothing },
  'settings.set': { input: () => ({ key: 'log.level', value: 'warn' }), bad: { key: 'log.level', value: 'loud' } },
  'access.keys.create': {
    input: () => ({ name: 'made', role: 'viewer', expiresInDays: 3 }),
    same: shapeOf,
    bad: { name: 'made', expiresInDays: 0 },
  },
  'access.keys.list': {
    input: () => ({ revoked: false }),
    same: ({ items }: { items: unknown[] }) => items.map(shapeOf),
    bad: { revoked: 'perhaps' },
  },
  'access.keys.revoke': {
    input: ({ core }) => ({ id: core.key('viewer').key.id }),
    same: shapeOf,
    bad: { id: 'nobody' },
  },
  'access.loginLink': { input: nothing, same: shapeOf },
  'access.login': {
    input: ({ core: { core } }) => ({ code: core.access.dashboardLink('').url.split('code=')[1] ?? '' }),
    same: shapeOf,
    bad: { code: 'glc_guessed' },
  },
  'access.logout': { input: nothing, onlySessions: true, bad: {} },
  'access.whoami': { input: nothing },
  'audit.list': { input: () => ({ limit: 2, operation: 'nothing.like.it' }), bad: { limit: 0 } },
  'events.watch': { input: () => ({ since: 0, types: ['system.started'] }), bad: { since: -1 } },

  'agents.create': {
    input: () => ({ template: 'command', parameters: { line: 'true' }, labels: { team: 'docs' }, runtime: 'sandbox' }),
    same: ({ template, parameters, labels, network, workspace }: Input) => [
      template,
      parameters,
      labels,
      network,
      workspace,
    ],
    bad: { template: 'nothing.like.it' },
  },
  'agents.list': { input: () => ({ template: 'nothing.like.it' }), bad: { limit: 0 } },
  'agents.get': { input: ended, bad: NO_AGENT },
  'agents.status': { input: ended, bad: NO_AGENT },
  'agents.sendInput': {
    input: async (around) => ({ ...(await waiting(around)), text: 'hello' }),
    same: shapeOf,
    bad: { ...NO_AGENT, text: 'hello' },
  },
  'agents.pause': { input: waiting, same: stateOf, bad: NO_AGENT },
  'agents.resume': {
    input: async (around) => {
      const { id } = await waiting(around)
      await around.client.agents.pause({ id })
      return { id }
    },
    same: stateOf,
    bad: NO_AGENT,
  },
  'agents.cancel': {
    input: async (around) => ({ ...(await waiting(around)), graceSeconds: 0 }),
    same: stateOf,
    bad: NO_AGENT,
  },
  'agents.remove': { input: async (around) => make(around, 'true'), same: shapeOf, bad: NO_AGENT },
  'agents.cancelAll': { input: () => ({ dryRun: true, template: 'nothing.like.it' }), bad: { graceSeconds: 999 } },
  'agents.wait': { input: async (around) => ({ ids: [(await ended(around)).id] }), bad: { ids: ['No agent'] } },
  'agents.logs': {
    input: async (around) => ({ ...(await ended(around)), streams: ['out'], tail: 1 }),
    bad: { ...NO_AGENT, tail: 1 },
  },
  'agents.stream': { input: async (around) => ({ ...(await ended(around)), streams: ['out'] }), bad: NO_AGENT },
  'agents.search': {
    input: async (around) => ({ grep: 'wrote.*this', ids: [(await ended(around)).id] }),
    bad: { grep: '(' },
  },
  'agents.messages': { input: ended, bad: NO_AGENT },
  'agents.stats': {
    input: async (around) => ({ ids: [(await sampled(around)).id] }),
    same: shapeOf,
    bad: { ids: ['No agent'] },
  },
  'agents.isolation': { input: waiting, bad: NO_AGENT },
  'agents.patch': { input: changed, same: ({ files }: Input) => files, bad: NO_AGENT },
  'agents.applyPatch': { input: changed, bad: NO_AGENT },
  'agents.egress': { input: ended, bad: NO_AGENT },
  'catalog.get': { input: nothing },
  'runtimes.list': {
    input: nothing,
    same: ({ items }: { items: Input[] }) => items.map(({ name, available }) => [name, available]),
  },
  'runtimes.images': {
    input: nothing,
    needsEngine: true,
    same: ({ items }: { items: Input[] }) => items.map(({ image, present }) => [image, present]),
  },
  'runtimes.build': { input: nothing, onlyFails: true, bad: { image: 'No image' } },
  'runtimes.scan': { input: nothing, onlyFails: true, bad: { image: 'No image' } },
  'secrets.list': { input: nothing, same: ({ items }: { items: Input[] }) => items.map(({ name }) => name) },
  'secrets.set': {
    input: () => ({ name: 'made', value: 'hush' }),
    same: ({ name, kept, usable }: Input) => [name, kept, usable],
    bad: { name: 'no name', value: 'hush' },
  },
  'secrets.remove': {
    input: async ({ client }) => {
      await client.secrets.set({ name: 'going', value: 'hush' })
      return { name: 'going' }
    },
    bad: { name: 'nobody' },
  },
}
