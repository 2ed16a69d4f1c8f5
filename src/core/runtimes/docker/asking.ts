/** What is asked of an engine beside the boxes' own states: its time, and the last words of a box. */
import type Docker from 'dockerode'
import type { Engine } from './engine.ts'
import { stdoutOf } from './frames.ts'
import { createTail } from './tail.ts'

const LAST_LINES = 100

/** By its own clock, in ms. An engine that does not say has no clock to compare with. */
export const engineTime = async (client: Engine): Promise<number> => {
  const { SystemTime } = (await client.call('tell the time', askInfo)) as { SystemTime?: string }
  const time = Date.parse(SystemTime ?? '')
  if (Number.isNaN(time)) return 0
  // Podman writes down what was said to the second.
  return client.product === 'Podman' ? Math.floor(time / 1000) * 1000 : time
}

const askInfo = (docker: Docker, abortSignal: AbortSignal): Promise<unknown> =>
  (docker.info.bind(docker) as (options: object) => Promise<unknown>)({ abortSignal })

export const readStderr = async (client: Engine, ref: string): Promise<string> => {
  const stop = new AbortController()
  const query = { stdout: false, stderr: true, tail: LAST_LINES, follow: false }
  const kept = createTail()
  try {
    const answer = await client.stream('tell what a box wrote', `/containers/${ref}/logs`, query, stop.signal)
    for await (const _ of stdoutOf(answer, kept.add)) continue
  } catch {
    // Gone, or the engine is: what was heard while it ran is all there is.
  } finally {
    stop.abort()
  }
  return kept.text()
}
