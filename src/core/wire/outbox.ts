/** What goes into the box. Counts what the link has not taken yet, so that a box that does not read cannot pile it up. */
import type { BoxLink } from '../runtimes/index.ts'
import type { FromHost } from '../../wire/index.ts'

/** With more than this waiting nothing is read either, since what is read asks for more answers. */
const FULL_BYTES = 1024 * 1024

export const createOutbox = (link: BoxLink) => {
  let queued = 0
  let isClosed = false
  let room: PromiseWithResolvers<void> | undefined

  const makeRoom = () => {
    room?.resolve()
    room = undefined
  }

  const write = async (data: string): Promise<void> => {
    if (isClosed) return
    queued += data.length
    try {
      await link.write(data)
    } catch {
      // A link that is gone ends `incoming`, and that is where it is heard of.
    } finally {
      queued -= data.length
      if (queued < FULL_BYTES / 2) makeRoom()
    }
  }

  return {
    /** A Gantry that was killed may have left half a line behind. */
    begin: () => void write('\n'),
    send: (frame: FromHost): Promise<void> => write(`${JSON.stringify(frame)}\n`),
    /** Resolves when there is room, at once where there is. */
    room: (): Promise<void> | undefined => {
      if (queued <= FULL_BYTES || isClosed) return undefined
      room ??= Promise.withResolvers()
      return room.promise
    },
    close: () => {
      isClosed = true
      makeRoom()
    },
  }
}

export type Outbox = ReturnType<typeof createOutbox>
