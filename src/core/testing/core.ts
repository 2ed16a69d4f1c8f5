/** A real core in a folder of its own, with a key for each role. */
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { GantryClient, GantryEvent, Role } from '../../contract/index.ts'
import { type CoreConfig, createCore, materialsOf } from '../index.ts'
import { NODE, ROOT } from './cli.ts'
import { type Cleanup, freePort, tempHome } from './home.ts'
import { type SendOptions, send } from './http.ts'

export interface TestCoreOptions extends Partial<CoreConfig> {
  cleanup?: Cleanup
}

export type TestCore = Awaited<ReturnType<typeof startTestCore>>

export const startTestCore = async ({ cleanup = onTestFinished, ...config }: TestCoreOptions = {}) => {
  const home = config.home ?? tempHome(cleanup)
  const port = await freePort()
  const stopRequested = Promise.withResolvers<void>()
  const core = createCore({
    home,
    mode: 'headless',
    version: '0.1.0-test',
    rendererDir: join(home, 'renderer'),
    runtimes: {},
    materials: materialsOf({ checkout: ROOT, node: NODE }),
    onStopRequest: stopRequested.resolve,
    ...config,
    env: {
      GANTRY_HTTP_PORT: String(port),
      PATH: process.env['PATH'],
      DOCKER_HOST: process.env['DOCKER_HOST'],
      ...config.env,
    },
  })
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= core.stop())
  cleanup(stop)
  await core.start()

  const url = () => core.http.url() ?? 'http://127.0.0.1:1'
  const key = (role: Role = 'admin', expiresInDays?: number) =>
    core.access.keys.create({ name: `${role} key`, role, expiresInDays }, 'test')
  const rest = (method: string, path: string, options: SendOptions = {}) => send(url(), method, path, options)
  const client = (secret: string): GantryClient =>
    createORPCClient(new RPCLink({ url: `${url()}/rpc`, headers: { authorization: `Bearer ${secret}` } }))
  const nextEvent = <T extends GantryEvent['type']>(type: T) =>
    new Promise<Extract<GantryEvent, { type: T }>>((resolve) => {
      const off = core.events.on((event) => {
        if (event.type !== type) return
        off()
        resolve(event as Extract<GantryEvent, { type: T }>)
      })
    })

  return { core, home, port, url, key, rest, client, nextEvent, stop, stopRequested: stopRequested.promise }
}
