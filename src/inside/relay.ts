/**
 * A program's output on its way to the wire: byte for byte, in order, cut at line ends where there are any.
 * What cannot be sent is not read, so that a program that writes much waits, and nothing grows.
 */
import { Buffer } from 'node:buffer'
import type { Readable } from 'node:stream'
import { MAX_LOG_BYTES, encodeBytes } from '../wire/index.ts'
import type { Outbox } from './outbox.ts'
import { cutBefore } from './utf8.ts'

const LINE_END = 0x0a
/** Lines that come soon after others go together with them. */
const GATHER_MS = 8
/** The start of a line waits so long for its end. */
const PARTIAL_MS = 50

export const createRelay = (stream: 'out' | 'err', source: Readable, outbox: Outbox) => {
  let parts: Buffer[] = []
  let held = 0
  let hasLine = false
  let sentAt = 0
  let readAt = performance.now()
  let isWaiting = false
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  let lateAt = 0
  const ended = Promise.withResolvers<void>()

  const send = (bytes: Buffer) => {
    if (bytes.length === 0) return
    sentAt = performance.now()
    outbox.keep({ method: 'log', params: { stream, at: Date.now(), ...encodeBytes(bytes) } })
  }

  const takeAll = (): Buffer => {
    const all = (parts.length === 1 ? parts[0] : Buffer.concat(parts)) ?? Buffer.alloc(0)
    parts = []
    held = 0
    hasLine = false
    return all
  }

  const keepRest = (rest: Buffer) => {
    if (rest.length === 0) return
    parts = [rest]
    held = rest.length
  }

  const clear = () => {
    clearTimeout(timer)
    timer = undefined
  }

  /** `lines`: up to the last line end; `all`: also the start of a line; `rest`: also half a character. */
  const flush = (upTo: 'lines' | 'all' | 'rest') => {
    clear()
    let left = takeAll()
    while (left.length >= MAX_LOG_BYTES) {
      const lineEnd = left.lastIndexOf(LINE_END, MAX_LOG_BYTES - 1) + 1
      const end = lineEnd > 0 ? lineEnd : cutBefore(left, MAX_LOG_BYTES)
      send(left.subarray(0, end))
      left = left.subarray(end)
    }
    const lines = left.lastIndexOf(LINE_END) + 1
    const end = { lines, all: Math.max(lines, cutBefore(left, left.length)), rest: left.length }[upTo]
    send(left.subarray(0, end))
    keepRest(left.subarray(end))
  }

  const flushIn = (ms: number, upTo: 'lines' | 'all') => {
    const at = performance.now() + ms
    if (timer !== undefined && lateAt <= at) return
    clear()
    lateAt = at
    timer = setTimeout(() => {
      flush(upTo)
      schedule()
    }, ms)
  }

  const schedule = () => {
    if (hasLine) flushIn(GATHER_MS, 'lines')
    // Less than a character is no reason to wake up: it goes with what follows, or at the end.
    else if (held > 3) flushIn(PARTIAL_MS, 'all')
  }

  const waitForRoom = async () => {
    isWaiting = true
    source.pause()
    await outbox.whenRoom()
    isWaiting = false
    readAt = performance.now()
    if (!isOver) source.resume()
  }

  source.on('data', (chunk: Buffer) => {
    readAt = performance.now()
    parts.push(chunk)
    held += chunk.length
    hasLine ||= chunk.includes(LINE_END)
    if (held >= MAX_LOG_BYTES || (hasLine && readAt - sentAt >= GATHER_MS)) flush('lines')
    schedule()
    if (outbox.isFull()) void waitForRoom()
  })

  const finish = () => {
    if (isOver) return
    isOver = true
    flush('rest')
    source.destroy()
    ended.resolve()
  }
  source.on('end', finish)
  source.on('close', finish)
  source.on('error', finish)

  return {
    ended: ended.promise,
    /** What is held goes out; nothing more is read. */
    finish,
    /** Whether there is no room for more. */
    isWaiting: () => isWaiting,
    /** Since when nothing came although it was wanted. */
    quietSince: () => (isWaiting ? performance.now() : readAt),
  }
}

export type Relay = ReturnType<typeof createRelay>
