/** How long a provider may keep silent. Time in which nobody waits for it, because its reader is slow, does not count. */
import { CallFailure } from './failure.ts'
import type { Send } from './transport.ts'
import type { ModelsDeps } from './types.ts'

export const withPatience = (
  send: Send,
  { after, headMs, idleMs }: Pick<ModelsDeps, 'after'> & { headMs: number; idleMs: number },
): Send => {
  const waitFor = async <T>(wait: () => Promise<T>, ms: number, late: () => void): Promise<T> => {
    const off = after(late, ms)
    try {
      return await wait()
    } finally {
      off()
    }
  }

  return async (outgoing, signal) => {
    const lateness = new AbortController()
    const either = AbortSignal.any([signal, lateness.signal])
    const late = () => lateness.abort(new CallFailure('timeout', `${outgoing.provider} did not answer in time.`))
    const upstream = await waitFor(() => send(outgoing, either), headMs, late)
    async function* body() {
      const chunks = upstream.body[Symbol.asyncIterator]()
      try {
        for (;;) {
          const { done, value } = await waitFor(() => chunks.next(), idleMs, late)
          if (done === true) return
          yield value
        }
      } finally {
        await chunks.return?.()
      }
    }
    return { ...upstream, body: body() }
  }
}
