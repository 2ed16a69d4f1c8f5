/**
 * Owns how a Gantry that somebody starts takes the data folder over from one that a client started for itself.
 * Promises that the clients of that one lose a call at most: it stops in order, and they find the new one.
 * Never ends a Gantry that somebody started on purpose.
 */
import { GantryError } from '../../contract/index.ts'
import { type Endpoint, lookUpEndpoint, socketFetch } from '../endpoint/index.ts'

const LOOK_AGAIN_MS = 25
const LIMIT_MS = 8000
/** Who has the folder without saying so is about to: it starts, or it has nearly ended. */
const UNKNOWN_LIMIT_MS = 2000

const ask = async (endpoint: Endpoint): Promise<void> => {
  const signal = AbortSignal.timeout(LIMIT_MS)
  const answer = await socketFetch(endpoint)('http://gantry/system/stop', { method: 'POST', signal })
  await answer.body?.cancel()
}

const isTaken = (thrown: unknown) => thrown instanceof GantryError && thrown.code === 'E_CONFLICT'

/**
 * Tries `claim` until it succeeds, after asking an attached host to stop. The claim of a host that somebody started
 * on purpose stands, and the error says who it is. Other errors pass; time mends none of them.
 */
export const claimOrTakeOver = async <T>(home: string, claim: () => T, signal?: AbortSignal): Promise<T> => {
  const began = Date.now()
  // A client of the one that was asked may have started another meanwhile: each is asked once.
  const asked = new Set<number>()
  for (;;) {
    signal?.throwIfAborted()
    try {
      return claim()
    } catch (thrown) {
      const waited = Date.now() - began
      const holder = lookUpEndpoint(home)
      if (!isTaken(thrown) || waited > LIMIT_MS || holder.state === 'unusable') throw thrown
      if (holder.state === 'missing' && asked.size === 0 && waited > UNKNOWN_LIMIT_MS) throw thrown
      if (holder.state === 'found') {
        const { pid, mode } = holder.endpoint
        if (mode !== 'attached') throw thrown
        if (!asked.has(pid)) await ask(holder.endpoint).catch(() => undefined)
        asked.add(pid)
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }
}
