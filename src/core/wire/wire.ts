/** One end of one wire: reads frames, keeps to the rules, hands on. Whatever breaks a rule ends it. */
import { randomInt } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { GantryError } from '../../contract/index.ts'
import {
  type InsideNotice,
  type InsideRequest,
  type Kept,
  LineTooLong,
  MAX_FRAME_BYTES,
  createLines,
} from '../../wire/index.ts'
import type { BoxLink } from '../runtimes/index.ts'
import { createAsking } from './asking.ts'
import { createCommitted } from './committed.ts'
import { createConnections } from './connections.ts'
import { WireViolation, parseLine, readFrame } from './frames.ts'
import { type Clock, REAL_CLOCK, createBucket } from './gate.ts'
import { createOutbox } from './outbox.ts'
import { createRequests } from './requests.ts'
import type { Wire, WireEnd, WireHandlers } from './types.ts'
import { readResume, readRun } from './answers.ts'
import { createWorkspace } from './workspace.ts'

/** Looked at without a break; between two of these others get their turn. */
const SLICE_BYTES = 64 * 1024
/** What a well-behaved script never comes near; more is read later, not refused. */
const FRAMES_PER_SECOND = 20_000
const BYTES_PER_SECOND = 96 * 1024 * 1024
/** Of the thread that draws the windows: what takes long to read is read less often. */
const BUSY_MS_PER_SECOND = 300
/** After this much in one go everybody else gets their turn. */
const TURN_MS = 4
/** More requests than these are answered with an error. */
const REQUESTS_PER_SECOND = 500
/** Ids of ours begin anywhere, so that answers to a Gantry before, told again, are nobody's. */
const FIRST_ID_MOST = 2 ** 47

export interface WireOptions {
  /** The last frame that was kept before; 0 for a new box. */
  since: number
  clock?: Clock
}

export const createWire = (link: BoxLink, handlers: WireHandlers, { since, clock = REAL_CLOCK }: WireOptions): Wire => {
  const outbox = createOutbox(link)
  const asking = createAsking(outbox, clock, randomInt(1, FIRST_ID_MOST))
  const requests = createRequests(handlers.http, outbox)
  const connections = createConnections(handlers.connect, outbox)
  const committed = createCommitted(since, link.taken)
  const frames = createBucket(FRAMES_PER_SECOND, clock.now)
  const bytes = createBucket(BYTES_PER_SECOND, clock.now)
  const busy = createBucket(BUSY_MS_PER_SECOND, clock.now)
  const asks = createBucket(REQUESTS_PER_SECOND, clock.now)
  let lastSeq = since
  let lastRequest = 0
  let lineCount = 0
  /** Before this what comes may be told again from the time of a Gantry before: requests in it are made again. */
  let isServing = false
  let isClosed = false
  let stopWaiting = () => {}

  const close = (end: WireEnd) => {
    if (isClosed) return
    isClosed = true
    link.close()
    outbox.close()
    requests.close()
    connections.close()
    asking.close()
    stopWaiting()
    handlers.closed(end)
  }

  const onKept = (frame: Kept) => {
    if (frame.seq <= lastSeq) return
    lastSeq = frame.seq
    handlers.kept(frame)
  }

  const start = (frame: InsideRequest): GantryError | undefined => {
    if (frame.id <= lastRequest) throw new WireViolation('the id of a request was used before')
    lastRequest = frame.id
    asks.take(1)
    if (asks.wait() > 0) return new GantryError('E_RATE', `More than ${REQUESTS_PER_SECOND} requests a second.`)
    return frame.method === 'http' ? requests.start(frame) : connections.start(frame.id, frame.params)
  }

  const onRequest = (frame: InsideRequest) => {
    if (!isServing) return
    const refused = start(frame)
    if (refused === undefined) return
    void outbox.send({ id: frame.id, error: { code: refused.code, message: refused.message } })
  }

  const onNotice = ({ method, params }: InsideNotice) => {
    if (!isServing) return
    switch (method) {
      case 'data':
        requests.onData(params.id, params)
        return connections.onData(params.id, params)
      case 'end':
        return connections.onEnd(params.id)
      case 'took':
        requests.onTook(params.id, params.bytes)
        return connections.onTook(params.id, params.bytes)
      case 'cancel':
        requests.cancel(params.id)
        return connections.cancel(params.id)
    }
  }

  const onLine = (line: string) => {
    lineCount += 1
    frames.take(1)
    let value: unknown
    try {
      value = parseLine(line)
    } catch (error) {
      // What is told again can begin in the middle, where the runtime kept only the end of it.
      if (lineCount === 1) return
      throw error
    }
    const read = readFrame(value)
    switch (read.kind) {
      case 'kept':
        return onKept(read.frame)
      case 'request':
        return onRequest(read.frame)
      case 'notice':
        return onNotice(read.frame)
      case 'answer':
        return asking.onAnswer(read.frame)
      case 'unknown':
        if (read.id === undefined || !isServing) return
        void outbox.send({ id: read.id, error: { code: 'E_NOT_FOUND', message: 'Gantry knows no such request.' } })
    }
  }

  const lines = createLines(MAX_FRAME_BYTES, onLine)

  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = clock.after(ms, resolve)
      stopWaiting = () => {
        stop()
        resolve()
      }
    })

  const readSlice = (slice: Buffer): number => {
    const began = clock.now()
    lines.push(slice)
    committed.read(slice.length, lines.waiting(), lastSeq)
    const took = clock.now() - began
    bytes.take(slice.length)
    busy.take(took)
    return took
  }

  const readAll = async () => {
    let sinceTurn = 0
    for await (const chunk of link.incoming) {
      for (let from = 0; from < chunk.length && !isClosed; from += SLICE_BYTES) {
        sinceTurn += readSlice(chunk.subarray(from, from + SLICE_BYTES))
        await handlers.ready()
        await outbox.room()
        const pause = Math.max(frames.wait(), bytes.wait(), busy.wait())
        if (pause > 0 && !isClosed) await wait(pause)
        if (pause > 0) sinceTurn = 0
        if (sinceTurn < TURN_MS) continue
        sinceTurn = 0
        await turn()
      }
      if (isClosed) return
    }
  }

  const read = async () => {
    try {
      await readAll()
      close({ kind: 'ended' })
    } catch (error) {
      // A link that broke, or we could not keep what came: both are tried again on a new link, from what is kept.
      const isRule = error instanceof WireViolation || error instanceof LineTooLong
      close(isRule ? { kind: 'violation', message: error.message } : { kind: 'ended' })
    }
  }

  outbox.begin()
  void read()

  const nothing = () => undefined
  return {
    ...createWorkspace(asking),
    run: (spec) => {
      isServing = true
      return asking.ask('run', spec, readRun)
    },
    resume: () =>
      asking.ask('resume', {}, (result) => {
        const answer = readResume(result)
        isServing = true
        return answer
      }),
    input: (input, end = false) => asking.ask('input', { ...input, end }, nothing),
    signal: (signal) => asking.ask('signal', { signal }, nothing),
    release: () => asking.ask('release', {}, nothing),
    ping: () => asking.ask('ping', {}, nothing),
    committed: committed.upTo,
    open: () => requests.size() + connections.size(),
    close: () => close({ kind: 'closed' }),
  }
}
