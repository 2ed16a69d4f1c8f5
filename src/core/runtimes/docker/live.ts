/**
 * What a box writes now. An engine that is attached to in the moment in which a box ends may forget to close the
 * connection: after the end, silence is taken for it.
 */
import type { Duplex } from 'node:stream'
import type { BoxState } from '../types.ts'
import { stdoutOf } from './frames.ts'

export interface LiveDeps {
  known: { ended: Promise<BoxState> }
  delay: (ms: number) => Promise<void>
  onStderr: (part: Buffer) => void
}

const SILENCE_MS = 1_000

export async function* liveOutput(
  socket: Duplex & { bytesRead?: number },
  { known, delay, onStderr }: LiveDeps,
): AsyncGenerator<Buffer, void, void> {
  let isOver = false
  void known.ended.then(async () => {
    isOver = true
    // Whoever is slow to read still has something before him, and then it is not silence.
    for (let read = -1; !socket.destroyed; read = socket.bytesRead ?? 0) {
      if (read === (socket.bytesRead ?? 0) && socket.readableLength === 0) socket.destroy()
      else await delay(SILENCE_MS)
    }
  })
  try {
    yield* stdoutOf(socket, onStderr)
  } catch (thrown) {
    if (!isOver) throw thrown
  }
}
