/** The wire of a box: live from its supervisor, or from disk what an ended box left behind. */
import { type Socket, connect } from 'node:net'
import { join } from 'node:path'
import { GantryError } from '../../../contract/index.ts'
import { FILES, KIND, WINDOW, createDeframer, frameOf, headerOf, openSpool } from '../../../supervisor/index.ts'
import type { BoxLink } from '../types.ts'

const PART = 64 * 1024

export interface LinkOptions {
  folder: string
  socket: string
}

/** A queue for one reader; each chunk is let go of when the next one is asked for. */
const createQueue = (onPassed: (bytes: number) => void) => {
  const chunks: Buffer[] = []
  let isOver = false
  let wake = Promise.withResolvers<void>()
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  async function* read(): AsyncGenerator<Buffer, void, void> {
    for (;;) {
      const chunk = chunks.shift()
      if (chunk !== undefined) {
        yield chunk
        onPassed(chunk.length)
      } else if (isOver) return
      else await wake.promise
    }
  }
  return {
    read,
    push: (chunk: Buffer) => {
      chunks.push(chunk)
      stir()
    },
    end: () => {
      isOver = true
      stir()
    },
    /** Lets go of what nobody read. */
    drop: () => {
      chunks.length = 0
      isOver = true
      stir()
    },
  }
}

const ended = () =>
  new GantryError('E_CONFLICT', 'The box has ended: nothing more can be sent to it.', { hint: 'Start another one.' })

/** From disk: what is told by a box that has ended. */
const readRest = async function* (folder: string, from: number | undefined, isClosed: () => boolean) {
  const spool = openSpool(join(folder, FILES.spool))
  for (let place = from ?? spool.start(); !isClosed();) {
    const bytes = spool.read(place, PART)
    if (bytes.length === 0) return
    place += bytes.length
    yield bytes
  }
}

const takeOnDisk = (folder: string, place: number): void => {
  try {
    openSpool(join(folder, FILES.spool)).take(place)
  } catch (cause) {
    // The box was removed with all it wrote.
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  }
}

const spoolStart = (folder: string): number => {
  try {
    return openSpool(join(folder, FILES.spool)).start()
  } catch {
    // It never got as far as writing something.
    return 0
  }
}

export const openRestLink = (folder: string): BoxLink => {
  let isClosed = false
  const start = spoolStart(folder)
  return {
    incoming: readRest(folder, start, () => isClosed),
    write: () => Promise.reject(ended()),
    taken: (bytes) => takeOnDisk(folder, start + bytes),
    close: () => {
      isClosed = true
    },
  }
}

/** Undefined where nobody answers any more: the box ended in between. */
export const openLiveLink = ({ folder, socket: path }: LinkOptions): Promise<BoxLink | undefined> =>
  new Promise((resolve) => {
    const socket: Socket = connect(path)
    let start: number | undefined
    let received = 0
    let taken = 0
    let underWay = 0
    let isOver = false
    let isClosed = false
    let end: 'ended' | 'replaced' | undefined
    let room = Promise.withResolvers<void>()
    let writing: Promise<void> = Promise.resolve()

    const send = (kind: (typeof KIND)[keyof typeof KIND], text: string) => {
      if (!socket.destroyed && socket.writable) socket.write(frameOf(kind, text))
    }
    const queue = createQueue((bytes) => send(KIND.passed, String(bytes)))
    const makeRoom = () => {
      room.resolve()
      room = Promise.withResolvers()
    }

    /** A supervisor that was killed told not all it had: the rest lies on disk. */
    async function* incoming(): AsyncGenerator<Buffer, void, void> {
      yield* queue.read()
      if (end === undefined && !isClosed) yield* readRest(folder, (start ?? 0) + received, () => isClosed)
    }

    const writeParts = async (bytes: Buffer): Promise<void> => {
      for (let from = 0; from < bytes.length; from += PART) {
        while (underWay >= WINDOW && !isOver) await room.promise
        if (isOver) throw ended()
        const part = bytes.subarray(from, from + PART)
        underWay += part.length
        socket.write(headerOf(KIND.input, part.length))
        socket.write(part)
      }
      while (underWay >= WINDOW && !isOver) await room.promise
    }

    const link: BoxLink = {
      incoming: incoming(),
      write: (data) => {
        const bytes = typeof data === 'string' ? Buffer.from(data) : data
        // One after the other, so that parts of different writes do not mix.
        const written = writing.then(() => writeParts(bytes))
        writing = written.catch(() => undefined)
        return written
      },
      taken: (bytes) => {
        if (bytes <= taken) return
        taken = bytes
        const place = (start ?? 0) + bytes
        if (!socket.destroyed && socket.writable) send(KIND.taken, String(place))
        else if (end !== 'replaced') takeOnDisk(folder, place)
      },
      close: () => {
        isClosed = true
        queue.drop()
        // Not cut off: what was said last, and not read there yet, would be lost.
        socket.end()
        socket.unref()
      },
    }

    const handle: Record<number, (payload: Buffer) => void> = {
      [KIND.hello]: (payload) => {
        start = Number(payload.toString())
        resolve(link)
      },
      [KIND.output]: (payload) => {
        received += payload.length
        if (!isClosed) queue.push(payload)
      },
      [KIND.passed]: (payload) => {
        underWay -= Number(payload.toString())
        makeRoom()
      },
      [KIND.ended]: () => {
        end = 'ended'
        queue.end()
      },
      [KIND.replaced]: () => {
        end = 'replaced'
        queue.end()
      },
    }
    const deframe = createDeframer((kind, payload) => handle[kind]?.(payload))
    socket.once('connect', () => send(KIND.wire, ''))
    socket.on('data', (chunk) => {
      try {
        deframe(chunk)
      } catch (cause) {
        socket.destroy(cause as Error)
      }
    })
    // Told by the close that follows.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      isOver = true
      makeRoom()
      queue.end()
      if (start === undefined) resolve(undefined)
    })
  })
