/** The bytes of a wire over one attached connection of the engine. */
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { GantryError } from '../../../contract/index.ts'
import type { BoxLink } from '../types.ts'

export interface OwnedLink extends BoxLink {
  /** Resolves when nothing more comes out of it, or nobody takes it any more. */
  readonly finished: Promise<void>
  /** Whether somebody reads it. */
  readonly isRead: () => boolean
}

export interface LinkParts {
  /** Undefined where the box has ended before it could be attached to. */
  attached: Promise<Duplex | undefined>
  output: () => AsyncIterable<Buffer>
  /** Why output ended before the box did. Whoever reads sees an end, and asks the box for its state. */
  onBroken: (thrown: unknown) => void
  onClose: () => void
}

const closedLink = (cause?: unknown) =>
  new GantryError('E_UNAVAILABLE', 'The wire into the box is closed.', {
    hint: 'Its state says whether the box still runs.',
    cause,
  })

export const createLink = ({ attached, output, onBroken, onClose }: LinkParts): OwnedLink => {
  const over = new AbortController()
  const finished = Promise.withResolvers<void>()
  let isRead = false
  let draining: Promise<unknown> | undefined

  attached.then(
    (socket) => {
      if (over.signal.aborted) socket?.destroy()
      socket?.once('close', () => over.abort())
      // Reading meets errors too; without a listener they would end the process.
      socket?.on('error', () => over.abort())
    },
    () => over.abort(),
  )

  async function* read(): AsyncGenerator<Buffer, void, void> {
    isRead = true
    try {
      yield* output()
    } catch (thrown) {
      if (!over.signal.aborted) onBroken(thrown)
    } finally {
      finished.resolve()
    }
  }

  return {
    incoming: read(),
    finished: finished.promise,
    isRead: () => isRead,
    write: async (data) => {
      const socket = await attached.catch(() => undefined)
      if (socket === undefined || over.signal.aborted) throw closedLink()
      if (socket.write(data)) return
      draining ??= once(socket, 'drain', { signal: over.signal }).finally(() => (draining = undefined))
      await draining.catch((cause: unknown) => {
        throw closedLink(cause)
      })
    },
    taken: () => undefined,
    close: () => {
      over.abort()
      onClose()
      attached.then(
        (socket) => socket?.destroy(),
        () => undefined,
      )
      if (!isRead) finished.resolve()
    },
  }
}
