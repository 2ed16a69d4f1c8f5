/** Composes agents and what they stand on: catalogue, secrets, runtimes, models, ways out, workspaces, logs. */
import { createHash, randomBytes } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { createAgents, type AgentPorts } from './agents/index.ts'
import { createAgentsRouter } from './agents/router.ts'
import { openCatalog } from './catalog/index.ts'
import { createCatalogRouter } from './catalog/router.ts'
import { type EgressOptions, createEgress, propose } from './egress/index.ts'
import type { EventBus } from './events/index.ts'
import { type Log, openArchive } from './logs/index.ts'
import type { Materials } from './materials.ts'
import { createModels } from './models/index.ts'
import type { Os } from './operations/index.ts'
import { createRuntimes, imagesWanted } from './runtimes/index.ts'
import { createRuntimesRouter } from './runtimes/router.ts'
import { type Vault, looksLikeSecret, openSecrets } from './secrets/index.ts'
import { createSecretsRouter } from './secrets/router.ts'
import type { Settings } from './settings/index.ts'
import type { Store } from './store/index.ts'
import type { Measures } from './system/index.ts'
import { createWire } from './wire/index.ts'
import { createWorkspaces } from './workspace/index.ts'

export interface AgentPartsDeps {
  home: string
  env: Record<string, string | undefined>
  materials: Materials
  vault: Vault | undefined
  outside: EgressOptions | undefined
  store: Store
  events: EventBus
  settings: Settings
  measures: Measures
  /** MCP for agents, once the gateway stands. */
  tools: AgentPorts['tools']
  now: () => Date
  every: (tick: () => void, ms: number) => () => void
  log: Log
  os: Os
}

const MEGABYTE = 1024 * 1024
const TIDY_MS = 60_000
const LOOK_MS = 2000

/** Waits, but not for ever. */
const atMost = async (work: Promise<void>, ms: number): Promise<void> => {
  const limit = Promise.withResolvers<void>()
  const off = after(ms, limit.resolve)
  await Promise.race([work, limit.promise])
  off()
}

const after = (ms: number, task: () => void) => {
  const timer = setTimeout(task, ms)
  return () => clearTimeout(timer)
}
/** Lower case and digits only: it becomes a part of names of containers, folders and sockets. */
const newId = () => randomBytes(6).toString('hex')

export const composeAgents = (deps: AgentPartsDeps) => {
  const { home, env, materials, vault, outside, store, events, settings, measures, tools, now, every, log, os } = deps

  const secrets = openSecrets({
    home,
    env,
    vault,
    now,
    onChange: (name) => events.emit({ type: 'secrets.changed', name }),
    onProblem: (problem) => log.warn({ problem }, 'the file of secrets'),
  })
  const runtimes = createRuntimes({
    home,
    // Another data folder has boxes of its own, on the same engine and machine.
    owner: createHash('sha256').update(home).digest('hex').slice(0, 12),
    env,
    homeFolder: homedir(),
    materials,
    seccomp: readFileSync(join(materials.resources, 'seccomp.json'), 'utf8'),
    now,
    onImages: () => events.emit({ type: 'runtimes.changed', runtime: 'docker', available: true }),
    log,
  })
  const catalog = openCatalog({
    file: join(materials.resources, 'catalog.json'),
    overlay: join(home, 'catalog.json'),
    availability: { hasSecret: secrets.has, template: runtimes.whyNotTemplate },
    onChange: () => events.emit({ type: 'catalog.changed' }),
    onProblem: (problems) => {
      if (problems.length > 0) log.warn({ problems }, 'the catalogue of the user has mistakes')
      events.emit({ type: 'catalog.changed' })
    },
  })
  let logsProblem: string | null = null
  const archive = openArchive({
    home,
    now,
    limits: {
      perAgentBytes: settings.get('agents.logMegabytes') * MEGABYTE,
      totalBytes: settings.get('agents.logTotalMegabytes') * MEGABYTE,
    },
    onProblem: (problem) => {
      logsProblem = problem
      log.error({ problem }, problem === null ? 'logs of agents are written again' : 'logs of agents cannot be written')
    },
    onRepaired: (repaired) => log.error({ repaired }, 'the logs of agents were damaged'),
  })
  const models = createModels({
    catalog: catalog.lists,
    secret: secrets.get,
    now,
    after: (task, ms) => after(ms, task),
  })
  const egress = createEgress(outside)
  const workspace = createWorkspaces({ home, homeFolder: homedir(), now })

  const tokens = measures.counter('gantry_model_tokens_total', 'Tokens of models, in and out', 'direction')
  const money = measures.counter('gantry_model_money_dollars_total', 'What models cost, in US dollars')
  const ended = measures.counter('gantry_agents_ended_total', 'Agents that ended, by state', 'state')
  const agents = createAgents({
    store,
    events,
    archive,
    runtimes,
    catalog,
    models,
    tools,
    secrets: { has: secrets.has, looksLikeSecret },
    egress: { open: egress.open, propose },
    workspace,
    createWire,
    settings: {
      perKey: () => settings.get('agents.perKey'),
      inAll: () => settings.get('agents.inAll'),
      warm: () => settings.get('agents.warm'),
      keepDays: () => settings.get('agents.keepDays'),
    },
    now,
    clock: () => performance.now(),
    every,
    after,
    newId,
    onSpent: (use) => {
      tokens(Math.max(0, use.tokensIn), 'in')
      tokens(Math.max(0, use.tokensOut), 'out')
      money(Math.max(0, use.money))
    },
    onEnded: (state) => ended(1, state),
    log,
  })
  measures.gaugeBy('gantry_agents', 'Agents that live, by state', 'state', agents.counts)
  measures.gauge('gantry_agents_waiting', 'Agents that wait for a person', agents.waiting)
  measures.gauge('gantry_agents_limit', 'Agents that may live at once', () => settings.get('agents.inAll'))
  measures.gauge('gantry_logs_problem', 'Whether logs of agents cannot be written', () =>
    logsProblem === null ? 0 : 1,
  )
  measures.gaugeBy('gantry_runtime_available', 'Whether agents can run there', 'runtime', runtimes.lastSeen)

  /** Ended agents and old logs: a look that costs nothing while there is nothing to do. */
  const tidy = async () => {
    await agents.prune()
    await archive.prune({
      perAgentBytes: settings.get('agents.logMegabytes') * MEGABYTE,
      totalBytes: settings.get('agents.logTotalMegabytes') * MEGABYTE,
      isEnded: agents.isEnded,
    })
  }
  let tidying: Promise<void> = Promise.resolve()
  const tidyNow = () => {
    tidying = tidying
      .then(tidy)
      .catch((thrown: unknown) => log.error({ cause: String(thrown) }, 'agents were not tidied up'))
  }
  let stopTimer: (() => void) | undefined
  let looking: Promise<void> = Promise.resolve()

  return {
    routers: {
      agents: createAgentsRouter(os, agents),
      catalog: createCatalogRouter(os, catalog),
      runtimes: createRuntimesRouter(os, runtimes, catalog),
      secrets: createSecretsRouter(os, secrets),
    },
    agents,
    logs: () => ({ problem: logsProblem, repaired: archive.repaired() }),
    start: () => {
      agents.start()
      // Not waited for: an engine that hangs must not hold up a start.
      looking = runtimes
        .look(imagesWanted(catalog.lists().templates))
        .then(() => events.emit({ type: 'catalog.changed' }))
        .catch((thrown: unknown) => log.warn({ cause: String(thrown) }, 'the runtimes could not be looked at'))
      stopTimer = every(tidyNow, TIDY_MS)
    },
    stop: async () => {
      stopTimer?.()
      await tidying
      // What is tried out at the start must not be left behind.
      await atMost(looking, LOOK_MS)
      await agents.stop()
      await models.stop()
      egress.stop()
      catalog.stop()
      await runtimes.stop()
      await archive.close()
    },
  }
}
