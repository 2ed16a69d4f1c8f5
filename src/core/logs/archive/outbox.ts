/**
 * What is on its way to the worker. Chunks of one moment travel together; each batch is kept until the worker has it
 * safe, so that a worker that breaks can be replaced, and what is kept is bounded by those who ask whether we are ready.
 */
import type { Batch, Item } from './messages.ts'
import type { Chunk } from './types.ts'

/** Above the first nobody should send more, below the second they may again. */
const HIGH_BYTES = 2 * 1024 * 1024
const LOW_BYTES = 512 * 1024
/** A batch of this size is sent without waiting for the end of the tick. */
const BATCH_BYTES = 256 * 1024
const ITEM_BYTES = 64
/** Output that came within this time goes under one time. */
const JOIN_MS = 5

export const createOutbox = (send: (batch: Batch) => void) => {
  let items: Item[] = []
  let bytes = 0
  let lastId = 0
  let sent: Batch[] = []
  let sentBytes = 0
  let scheduled: NodeJS.Immediate | undefined
  let waiting: PromiseWithResolvers<void> | undefined

  const flush = () => {
    clearImmediate(scheduled)
    scheduled = undefined
    if (items.length === 0) return
    const batch = { id: (lastId += 1), bytes, items }
    sent.push(batch)
    sentBytes += bytes
    items = []
    bytes = 0
    send(batch)
  }

  const grow = (by: number) => {
    bytes += by
    if (bytes >= BATCH_BYTES) flush()
    else scheduled ??= setImmediate(flush)
  }

  const add = (item: Item, size: number) => {
    items.push(item)
    grow(size + ITEM_BYTES)
  }

  const addChunk = (agentId: string, { seq, stream, at, bytes: content }: Chunk) => {
    if ('base64' in content) {
      return add({ kind: 'bytes', agentId, seq, stream, at, base64: content.base64 }, content.base64.length)
    }
    const { text } = content
    const last = items.at(-1)
    const joins =
      last?.kind === 'text' &&
      last.agentId === agentId &&
      last.stream === stream &&
      last.seq + last.sizes.length === seq &&
      Math.abs(at - last.at) <= JOIN_MS
    if (!joins) return add({ kind: 'text', agentId, seq, stream, at, text, sizes: [text.length] }, text.length)
    last.text += text
    last.sizes.push(text.length)
    grow(text.length)
  }

  const settle = () => {
    if (sentBytes > LOW_BYTES) return
    waiting?.resolve()
    waiting = undefined
  }

  return {
    add,
    addChunk,
    flush,
    /** What the worker does not have safe yet. */
    sent: (): readonly Batch[] => sent,
    done: (upTo: number) => {
      const rest = sent.findIndex(({ id }) => id > upTo)
      const gone = rest === -1 ? sent : sent.slice(0, rest)
      sentBytes -= gone.reduce((sum, batch) => sum + batch.bytes, 0)
      sent = rest === -1 ? [] : sent.slice(rest)
      settle()
    },
    ready: (): Promise<void> | undefined => {
      if (sentBytes + bytes < HIGH_BYTES) return undefined
      return (waiting ??= Promise.withResolvers()).promise
    },
    close: () => {
      clearImmediate(scheduled)
      sentBytes = 0
      settle()
    },
  }
}
