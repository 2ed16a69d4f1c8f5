/** What the tests of the wire share: the script inside as a child, a runtime that holds its bytes, an inside made up. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BoxLink } from '../runtimes/index.ts'
import { type Cleanup, NODE, tempHome } from '../testing/index.ts'
import type { Bytes, FromHost, Kept, RunSpec } from '../../wire/index.ts'
import { decodeBytes } from '../../wire/index.ts'
import type { Clock } from './gate.ts'
import { type Wire, type WireEnd, type WireHandlers, createWire } from './index.ts'

const AGENT = join(import.meta.dirname, '..', '..', 'inside', 'agent.ts')
/** As much as a runtime holds for a Gantry that is away. */
const HELD_BYTES = 1024 * 1024

/** Bytes as they come, held from the first that nobody let go of, and told again to each who connects. */
const createSpool = (source: NodeJS.ReadableStream) => {
  const chunks = new Map<number, Buffer>()
  let start = 0
  let size = 0
  let read = 0
  let isOver = false
  let news = Promise.withResolvers<void>()
  const wake = () => {
    news.resolve()
    news = Promise.withResolvers()
  }
  source.on('data', (chunk: Buffer) => {
    chunks.set(size, chunk)
    size += chunk.length
    if (size - read > HELD_BYTES) source.pause()
    wake()
  })
  source.on('end', () => {
    isOver = true
    wake()
  })

  async function* from(begin: number, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
    read = begin
    signal.addEventListener('abort', wake)
    while (!signal.aborted) {
      const chunk = chunks.get(read)
      if (chunk !== undefined) {
        read += chunk.length
        source.resume()
        yield chunk
      } else if (isOver) return
      else await news.promise
    }
  }

  const drop = (upTo: number) => {
    for (const [at, chunk] of chunks) {
      if (at >= upTo) break
      chunks.delete(at)
      if (at + chunk.length > upTo) chunks.set(upTo, chunk.subarray(upTo - at))
    }
    start = upTo
  }

  return { from, drop, start: () => start, isFull: () => source.isPaused() }
}

/** The script that runs in boxes, with a runtime around it that outlives its links. */
export const openBox = (cleanup: Cleanup, script = AGENT) => {
  const home = tempHome(cleanup)
  const work = join(home, 'work')
  mkdirSync(work)
  const child = spawn(NODE, [script], {
    env: { PATH: process.env['PATH'], GANTRY_AGENT_HOME: home },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  cleanup(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const spool = createSpool(child.stdout)
  const connect = (): BoxLink => {
    const abort = new AbortController()
    const start = spool.start()
    return {
      incoming: spool.from(start, abort.signal),
      write: (data) =>
        new Promise((resolve) => {
          child.stdin.write(data, () => resolve())
        }),
      taken: (bytes) => spool.drop(start + bytes),
      close: () => abort.abort(),
    }
  }
  const spec = (command: readonly string[], change: Partial<RunSpec> = {}): RunSpec => ({
    command,
    env: {},
    cwd: work,
    egress: false,
    deadline: Date.now() + 60_000,
    ...change,
  })
  return { child, home, work, connect, ended, spec, spool }
}

/** An inside that says what a test makes it say, and remembers what it was told. */
export const memoryLink = () => {
  const said: Buffer[] = []
  let wake = Promise.withResolvers<void>()
  let isOver = false
  let isClosed = false
  let blocked: Promise<void> | undefined
  const heard: FromHost[] = []
  const taken: number[] = []
  let news = Promise.withResolvers<void>()

  async function* incoming(): AsyncGenerator<Buffer, void, void> {
    while (!isClosed) {
      const next = said.shift()
      if (next !== undefined) yield next
      else if (isOver) return
      else await wake.promise
    }
  }
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  const link: BoxLink = {
    incoming: incoming(),
    write: async (data) => {
      for (const line of data.toString().split('\n')) if (line !== '') heard.push(JSON.parse(line) as FromHost)
      news.resolve()
      news = Promise.withResolvers()
      await blocked
    },
    taken: (bytes) => void taken.push(bytes),
    close: () => {
      isClosed = true
      stir()
    },
  }
  return {
    link,
    heard,
    taken,
    isClosed: () => isClosed,
    unread: () => said.length,
    sayBytes: (bytes: Buffer) => {
      said.push(bytes)
      stir()
    },
    say: (...frames: unknown[]) => {
      said.push(Buffer.from(frames.map((frame) => `${JSON.stringify(frame)}\n`).join('')))
      stir()
    },
    end: () => {
      isOver = true
      stir()
    },
    /** From now on nothing that is written is taken. */
    block: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      blocked = promise
      return resolve
    },
    /** The first frame from Gantry, past or to come, that is like this. */
    hear: async (isLike: (frame: FromHost) => boolean): Promise<FromHost> => {
      for (;;) {
        const found = heard.find(isLike)
        if (found !== undefined) return found
        await news.promise
      }
    },
  }
}

/** A wire with everything that came over it. */
export const listen = (
  link: BoxLink,
  { since = 0, clock, ...handlers }: Partial<WireHandlers> & { since?: number; clock?: Clock } = {},
) => {
  const frames: Kept[] = []
  const closed = Promise.withResolvers<WireEnd>()
  let news = Promise.withResolvers<void>()
  const wire: Wire = createWire(
    link,
    {
      http: () => Promise.resolve({ status: 404, headers: {}, body: '' }),
      connect: () => Promise.reject(new Error('no way out')),
      ready: () => undefined,
      closed: closed.resolve,
      ...handlers,
      kept: (frame) => {
        handlers.kept?.(frame)
        frames.push(frame)
        news.resolve()
        news = Promise.withResolvers()
      },
    },
    { since, ...(clock === undefined ? {} : { clock }) },
  )
  const see = async <M extends Kept['method']>(method: M): Promise<Extract<Kept, { method: M }>> => {
    for (;;) {
      const found = frames.find((frame): frame is Extract<Kept, { method: M }> => frame.method === method)
      if (found !== undefined) return found
      await Promise.race([
        news.promise,
        closed.promise.then((end) => {
          if (!frames.some((frame) => frame.method === method))
            throw new Error(`closed before ${method}: ${JSON.stringify(end)}`)
        }),
      ])
    }
  }
  return { wire, frames, closed: closed.promise, see }
}

export const bytesOf = (frames: readonly Kept[], stream: 'out' | 'err'): Buffer =>
  Buffer.concat(
    frames.flatMap((frame) =>
      frame.method === 'log' && frame.params.stream === stream ? [decodeBytes(frame.params satisfies Bytes)] : [],
    ),
  )
