/** `gantry serve`: the core without a window, under plain Node. */
import { fileURLToPath } from 'node:url'
import type { HostMode } from '../contract/index.ts'
import { createCore, materialsOf } from '../core/index.ts'
import { everyInterval } from '../core/system/index.ts'
import { claimOrTakeOver } from '../core/takeover/index.ts'
import { VERSION } from '../core/version.ts'
import { watchIdle } from './idle.ts'

const RENDERER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../out/renderer' : '../renderer', import.meta.url),
)

/** A Gantry that was started by a client ends when it was alone for this long. */
const IDLE_LIMIT_MS = 60_000

export interface ServeOptions {
  home: string
  attached: boolean
  idleSeconds: number | undefined
  json: boolean
  signal: AbortSignal
}

export const serve = async ({ home, attached, idleSeconds, json, signal }: ServeOptions): Promise<void> => {
  const stopping = Promise.withResolvers<void>()
  const mode: HostMode = attached ? 'attached' : 'headless'
  const create = () =>
    createCore({
      home,
      mode,
      version: VERSION,
      env: process.env,
      rendererDir: RENDERER,
      runtimes: {},
      command: ownCommand(),
      materials: ownMaterials(),
      onStopRequest: () => stopping.resolve(),
    })
  // What a client starts for itself takes nothing over: it uses what is there.
  const core = attached ? create() : await claimOrTakeOver(home, create, signal)
  // A promise that nobody catches comes here too. What is broken must not go on as if it were whole.
  process.on('uncaughtException', ({ stack }) => {
    core.log.error({ cause: stack }, 'unexpected failure in the server')
    process.stderr.write('Gantry ended because of a mistake of its own; its log has the cause.\n')
    process.exit(1)
  })
  await core.start()
  signal.addEventListener('abort', () => stopping.resolve())
  if (signal.aborted) stopping.resolve()
  if (attached) {
    process.stdout.write('ready\n')
    const limitMs = idleSeconds === undefined ? IDLE_LIMIT_MS : idleSeconds * 1000
    watchIdle({ connections: core.http.connections, limitMs, every: everyInterval, onIdle: stopping.resolve })
  } else {
    announce(core, json)
  }
  await stopping.promise
  await core.stop()
}

/** The launcher of an installed Gantry says what it is; from a checkout it is Node with this file. */
const ownCommand = (): [string, ...string[]] => {
  const launcher = process.env['GANTRY_LAUNCHER']
  return launcher === undefined ? [process.execPath, process.argv[1] ?? ''] : [launcher]
}

/** In a package this file lies in resources/cli/out/main; in a checkout in out/main or src/cli. */
const ownMaterials = () => {
  const above = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  const node = process.execPath
  return process.env['GANTRY_LAUNCHER'] === undefined
    ? materialsOf({ checkout: above('../../'), node })
    : materialsOf({ resources: above('../../../'), node })
}

type Core = ReturnType<typeof createCore>

const announce = (core: Core, json: boolean) => {
  const { url, home, pid } = core.info()
  const login = url === null ? null : core.access.dashboardLink(url).url
  if (json) {
    process.stdout.write(`${JSON.stringify({ pid, home, url, login })}\n`)
    return
  }
  const lines = [
    `Gantry ${VERSION} is running without a window (process ${pid}).`,
    `  Data        ${home}`,
    url === null ? '  HTTP        off (setting http.enabled)' : `  HTTP        ${url}   MCP ${url}/mcp`,
    ...(login === null
      ? []
      : [
          `  Dashboard   ${login}`,
          '              (works once, within ten minutes; `gantry access login-link` makes another)',
        ]),
    'Ctrl-C stops it.',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
