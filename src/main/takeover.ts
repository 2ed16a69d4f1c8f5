/** Opening the window where a Gantry without one runs for MCP clients: that one makes way, its clients reconnect. */
import type { Endpoint } from '../core/index.ts'
import { readEndpoint } from '../core/index.ts'
import { request } from 'node:http'

const ask = ({ socket, token }: Endpoint): Promise<void> =>
  new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, path: '/system/stop', method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-length': 0 } }, (answer) => {
      answer.resume()
      answer.once('end', resolve)
    })
    call.once('error', reject)
    call.end()
  })

const LOOK_AGAIN_MS = 25
const LIMIT_MS = 8000

/**
 * Tries `claim` until it succeeds, after asking an attached host to stop. A host that somebody started on
 * purpose is left alone: its claim stands, and the error says who it is.
 */
export const claimOrTakeOver = async <T>(home: string, claim: () => T): Promise<T> => {
  const deadline = Date.now() + LIMIT_MS
  let asked = false
  for (;;) {
    try {
      return claim()
    } catch (thrown) {
      const endpoint = readEndpoint(home)
      const makesWay = asked || endpoint?.mode === 'attached'
      if (!makesWay || Date.now() > deadline) throw thrown
      if (!asked && endpoint !== undefined) await ask(endpoint).catch(() => undefined)
      asked = true
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }
}
