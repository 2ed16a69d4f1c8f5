/**
 * Composes the control plane: plain Node, no Electron. `createCore(config)` gives something with start() and stop().
 * Promises that what start() opened, stop() closes, in the opposite order.
 * Never decides anything itself: every rule lives in a domain.
 */
import { join } from 'node:path'
import { type Actor, contract, type HostMode, type Info, listOperations, type SettingKey } from '../contract/index.ts'
import { composeAgents } from './compose-agents.ts'
import type { Materials } from './materials.ts'
import type { EgressOptions } from './egress/index.ts'
import type { Vault } from './secrets/index.ts'
import { OWNER, createAccess } from './access/index.ts'
import { createAccessRouter } from './access/router.ts'
import { createEventBus } from './events/index.ts'
import { createEventsRouter } from './events/router.ts'
import { createGateway } from './gateway/index.ts'
import { findHome, clearEndpoint, removeEndpoint, socketPath, writeEndpoint } from './endpoint/index.ts'
import { claimHome } from './home/index.ts'
import { createHttp } from './http/index.ts'
import { openLog } from './logs/index.ts'
import { type CallContext, assertRate, createOs } from './operations/index.ts'
import { openSettings } from './settings/index.ts'
import { createSettingsRouter } from './settings/router.ts'
import { openStore } from './store/index.ts'
import { createHealth, createMeasures, createVitals, everyInterval, startUpkeep } from './system/index.ts'
import { createSystemRouter } from './system/router.ts'

export { findHome, readEndpoint, type Endpoint } from './endpoint/index.ts'
export { type Materials, materialsOf } from './materials.ts'
export type { Vault } from './secrets/index.ts'
export { PAGE_HEADERS, contentType, fileInside } from './http/index.ts'

export interface CoreConfig {
  home: string
  mode: HostMode
  version: string
  env: Record<string, string | undefined>
  /** Where the built renderer lies. */
  rendererDir: string
  /** Versions worth showing, such as Electron's. */
  runtimes: Record<string, string>
  /** What starts `gantry` on this machine, where it is not simply on the PATH. */
  command?: readonly [string, ...string[]]
  /** What lies beside the code: scripts for boxes, the catalogue, a Node. */
  materials: Materials
  /** Seals secrets, where the host has something better than a file. */
  vault?: Vault
  /** How names and addresses of the world are reached: tests have a world of their own. */
  outside?: EgressOptions
  /** Called when somebody asks Gantry to stop; the host then calls stop() and ends. */
  onStopRequest: () => void
  now?: () => Date
  every?: (tick: () => void, ms: number) => () => void
}

export type Core = ReturnType<typeof createCore>

type Opened = (() => Promise<void> | void)[]

export const createCore = (config: CoreConfig) => {
  const opened: Opened = []
  try {
    return compose(config, opened)
  } catch (thrown) {
    for (const close of opened.toReversed()) void close()
    throw thrown
  }
}

/** A data folder other than the usual one has to be named, or the client would get another Gantry. */
const shimOf = ({ command: [command, ...args] = ['gantry'], home }: CoreConfig): Info['shim'] => ({
  command,
  args: [...args, 'mcp', ...(home === findHome(undefined, {}) ? [] : ['--home', home])],
})

/** What it opens, it adds to `opened` at once. */
const compose = (config: CoreConfig, opened: Opened) => {
  const { home, mode, version, env, now = () => new Date(), every = everyInterval } = config
  opened.push(claimHome(home))
  const startedAt = now()
  const events = createEventBus(now)
  const journal = openLog(join(home, 'logs'), 'info')
  opened.push(journal.close)
  const { log } = journal

  const settings = openSettings({
    file: join(home, 'settings.json'),
    env,
    onChange: (keys) => {
      events.emit({ type: 'settings.changed', keys })
      void applySettings(keys)
    },
    onProblem: (message) => {
      log.warn(
        { problem: message },
        message === null ? 'settings file is in order again' : 'settings file has a mistake',
      )
      events.emit({ type: 'settings.problem', message })
    },
  })
  opened.push(settings.stop)
  journal.setLevel(settings.get('log.level'))

  const store = openStore({ home, now, keepBackups: () => settings.get('store.keepBackups') })
  opened.push(store.close)
  if (store.repaired !== null) log.error({ repaired: store.repaired }, 'database repaired')
  const access = createAccess({ store, events, now })

  let calls = () => 0
  const vitals = createVitals({ now, every, storeBytes: store.sizeBytes, calls: () => calls() })
  const measures = createMeasures({
    storeBytes: store.sizeBytes,
    eventLoopP99Seconds: vitals.eventLoopP99Seconds,
    startedAt,
    version,
  })
  calls = measures.calls

  /** An agent's tools end with it. */
  const isValid = (actor: Actor) => (actor.kind === 'agent' ? isLiveAgent(actor.id) : access.isValid(actor))
  let isLiveAgent: (id: string) => boolean = () => false

  const ratePerMinute = () => settings.get('access.ratePerMinute')
  const os = createOs({
    audit: access.audit,
    rate: access.rate,
    ratePerMinute,
    measure: measures.record,
    reportFault: (operation, cause) =>
      log.error({ operation, cause: cause instanceof Error ? cause.stack : String(cause) }, 'operation failed'),
    isValid,
    onAccessChange: (changed) =>
      events.on((event) => {
        // The database that was put back may not know the key.
        if (event.type === 'access.key.revoked' || event.type === 'store.restored') changed()
      }),
    clock: () => performance.now(),
  })

  const socket = socketPath(home)
  let listenProblem: string | null = null
  const info = (): Info => ({
    name: 'Gantry',
    version,
    mode,
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    home,
    url: http.url(),
    socket,
    shim: shimOf(config),
    platform: `${process.platform} ${process.arch}`,
    runtimes: { ...config.runtimes, node: process.versions.node, sqlite: store.sqliteVersion },
    schema: store.schemaVersion,
  })
  const health = createHealth({
    home,
    store,
    settings,
    version,
    startedAt,
    now,
    url: () => http.url(),
    listenProblem: () => listenProblem,
    logs: () => parts.logs(),
  })

  const parts = composeAgents({
    home,
    env,
    materials: config.materials,
    vault: config.vault,
    outside: config.outside,
    store,
    events,
    settings,
    measures,
    // Made after what its tools call.
    tools: { handle: (request, caller, signal) => gateway.handleInside(request, caller, signal) },
    now,
    every,
    log,
    os,
  })
  isLiveAgent = parts.agents.isLive

  const router = os.router({
    ...parts.routers,
    system: createSystemRouter(os, {
      health,
      info,
      measures,
      vitals,
      store,
      events,
      requestStop: () => setImmediate(config.onStopRequest),
    }),
    settings: createSettingsRouter(os, settings),
    events: createEventsRouter(os, events),
    ...createAccessRouter(os, { access, url: () => http.url() }),
  })

  const gateway = createGateway({
    operations: listOperations(contract),
    router,
    version,
    maxSessions: () => settings.get('mcp.maxSessions'),
    admit: (actor) => assertRate({ actor, effect: 'write', rate: access.rate, ratePerMinute }),
    log,
  })
  events.on((event) => {
    if (event.type === 'access.key.revoked' || event.type === 'store.restored') void gateway.closeInvalid(isValid)
  })

  const http = createHttp({
    router,
    gateway,
    authenticate: access.authenticate,
    onBadKey: (surface) => {
      // A flood of wrong keys must not flood the trail as well.
      if (access.rate.take('bad-key', 10) === 0) {
        access.audit.refuse({ actor: null, surface, operation: 'access', target: undefined }, 'E_AUTH')
      }
    },
    version,
    rendererDir: config.rendererDir,
    socket,
    settings: {
      allowedOrigins: () => settings.get('http.allowedOrigins'),
      maxBodyBytes: () => settings.get('http.maxBodyBytes'),
    },
    every,
    log,
  })

  const announceEndpoint = () => {
    const url = http.url()
    writeEndpoint(home, {
      pid: process.pid,
      startedAt: startedAt.toISOString(),
      version,
      mode,
      url,
      socket,
      token: access.ownerToken,
    })
    events.emit({ type: 'system.endpoint', url })
  }

  const listen = async () => {
    listenProblem = null
    if (!settings.get('http.enabled')) return
    try {
      await http.listenTcp(settings.get('http.host'), settings.get('http.port'))
    } catch (cause) {
      listenProblem = `cannot listen on ${settings.get('http.host')}:${settings.get('http.port')}: ${(cause as Error).message}`
      log.error({ problem: listenProblem }, 'HTTP is off')
    }
  }

  let relisten: Promise<void> = Promise.resolve()
  const applySettings = async (keys: SettingKey[]) => {
    if (keys.includes('log.level')) journal.setLevel(settings.get('log.level'))
    if (!keys.some((key) => key === 'http.enabled' || key === 'http.host' || key === 'http.port')) return
    relisten = relisten
      .then(async () => {
        http.leaveTcp()
        await listen()
        announceEndpoint()
      })
      .catch((cause: unknown) => log.error({ cause: String(cause) }, 'the new address could not be announced'))
    await relisten
  }

  let stopUpkeep: (() => Promise<void>) | undefined

  const start = async () => {
    // Before the socket is open: nobody may meet us with the token of the run before.
    clearEndpoint(home)
    await http.openSocket()
    await listen()
    announceEndpoint()
    stopUpkeep = startUpkeep({
      store,
      events,
      log,
      now,
      every,
      backupEveryHours: () => settings.get('store.backupEveryHours'),
      pruneAudit: () => access.audit.prune(settings.get('audit.keepDays')),
    })
    parts.start()
    events.emit({ type: 'system.started', version })
    log.info({ version, mode, pid: process.pid, url: http.url() }, 'started')
  }

  const stop = async () => {
    events.emit({ type: 'system.stopping' })
    removeEndpoint(home)
    vitals.stop()
    settings.stop()
    await stopUpkeep?.()
    await relisten
    await gateway.stop()
    // Before what they read from: a stream that is cut off is read on later, one that ends is taken to be complete.
    await http.stop()
    await parts.stop()
    log.info({}, 'stopped')
    for (const close of opened.toReversed()) await close()
  }

  const ownerContext: CallContext = { actor: OWNER, surface: 'window' }
  return { start, stop, router, ownerContext, settings, events, log, health, info, http, access }
}
