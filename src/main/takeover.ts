/** Opening the window where a Gantry without one runs for MCP clients: that one makes way, its clients reconnect. */
import { request } from 'node:http'
import { GantryError } from '../contract/index.ts'
import { type Endpoint, readEndpoint } from '../core/index.ts'

const ask = ({ socket, token }: Endpoint): Promise<void> =>
  new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath: socket,
        path: '/system/stop',
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-length': 0 },
      },
      (answer) => {
        answer.resume()
        answer.once('end', resolve)
      },
    )
    call.once('error', reject)
    call.end()
  })

const LOOK_AGAIN_MS = 25
const LIMIT_MS = 8000

const isTaken = (thrown: unknown) => thrown instanceof GantryError && thrown.code === 'E_CONFLICT'

/**
 * Tries `claim` until it succeeds, after asking an attached host to stop. A host that somebody started on
 * purpose is left alone: its claim stands, and the error says who it is. Other errors pass; time mends none of them.
 */
export const claimOrTakeOver = async <T>(home: string, claim: () => T): Promise<T> => {
  const deadline = Date.now() + LIMIT_MS
  let asked = false
  for (;;) {
    try {
      return claim()
    } catch (thrown) {
      if (!isTaken(thrown) || Date.now() > deadline) throw thrown
      const endpoint = readEndpoint(home)
      if (!asked && endpoint?.mode !== 'attached') throw thrown
      if (!asked && endpoint !== undefined) await ask(endpoint).catch(() => undefined)
      asked = true
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }
}
