import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type WireHandlers, createWire } from '../../src/core/wire/index.ts'
import { type Child, startAgent } from '../support/box-link.ts'
import { median, percentile, round } from '../support/numbers.ts'
import { type Row, atLeast, atMost } from '../support/report.ts'

const STARTS = 20
const PINGS = 5000
const LINES = 3_000_000
const LINE = 'x'.repeat(79)

const wireTo = (child: Child, kept: WireHandlers['kept']) =>
  createWire(
    child.link,
    {
      kept,
      http: () => Promise.reject(new Error('nothing is served here')),
      connect: () => Promise.reject(new Error('nothing is opened here')),
      closed: () => undefined,
      ready: () => undefined,
    },
    { since: 0 },
  )

const timeStart = async (start: () => { stdout: NodeJS.ReadableStream; stop: () => void }): Promise<number> => {
  const began = performance.now()
  const { stdout, stop } = start()
  await once(stdout, 'data')
  const took = performance.now() - began
  stop()
  return took
}

const startUp = async (): Promise<Row> => {
  const ours: number[] = []
  const bare: number[] = []
  for (let at = 0; at < STARTS; at += 1) {
    ours.push(
      await timeStart(() => {
        const child = startAgent()
        return { stdout: child.process.stdout, stop: child.stop }
      }),
    )
    bare.push(
      await timeStart(() => {
        const child = spawn(process.execPath, ['-e', 'process.stdout.write("hello\\n"); setInterval(() => {}, 1000)'])
        return { stdout: child.stdout, stop: () => child.kill('SIGKILL') }
      }),
    )
  }
  return atMost('Script of a box, start to its first frame, p50', round(median(ours), 1), 60, 'ms', {
    peer: `bare Node ${round(median(bare), 1)} ms`,
    note: `p95 ${round(percentile(ours, 0.95), 1)} ms`,
  })
}

/** A line there and back through `cat`: what two pipes cost by themselves. */
const timeCat = async (): Promise<number[]> => {
  const cat = spawn('cat')
  const times: number[] = []
  for (let at = 0; at < PINGS; at += 1) {
    const began = performance.now()
    cat.stdin.write('{"id":1,"method":"ping","params":{}}\n')
    await once(cat.stdout, 'data')
    times.push(performance.now() - began)
  }
  cat.kill()
  return times
}

const roundTrip = async (): Promise<Row> => {
  const child = startAgent()
  const wire = wireTo(child, () => undefined)
  const times: number[] = []
  for (let at = 0; at < PINGS + 500; at += 1) {
    const began = performance.now()
    await wire.ping()
    times.push(performance.now() - began)
  }
  wire.close()
  child.stop()
  const ours = times.slice(500)
  return atMost('Wire round trip, p50', round(median(ours), 3), 1, 'ms', {
    peer: `through cat ${round(median(await timeCat()), 3)} ms`,
    note: `p99 ${round(percentile(ours, 0.99))} ms`,
  })
}

const WRITER = ['sh', '-c', `yes ${LINE} | head -n ${LINES}`]

const throughPipe = async (): Promise<number> => {
  const began = performance.now()
  const [file = '', ...args] = WRITER
  const child = spawn(file, args)
  child.stdout.on('data', () => undefined)
  await once(child, 'close')
  return LINES / ((performance.now() - began) / 1000)
}

const output = async (): Promise<Row> => {
  const child = startAgent()
  const ended = Promise.withResolvers<void>()
  let bytes = 0
  const wire = wireTo(child, (frame) => {
    if (frame.method === 'log') bytes += 'text' in frame.params ? frame.params.text.length : 0
    if (frame.method === 'exited') ended.resolve()
  })
  const began = performance.now()
  await wire.run({ command: WRITER, env: {}, cwd: child.home, egress: false, deadline: Date.now() + 600_000 })
  await ended.promise
  const seconds = (performance.now() - began) / 1000
  wire.close()
  child.stop()
  if (bytes !== LINES * (LINE.length + 1)) throw new Error(`of the output ${bytes} bytes came`)
  return atLeast('Output over the wire, lines of 80 bytes', Math.round(LINES / seconds), 120_000, '/s', {
    peer: `bare pipe ${Math.round(await throughPipe()).toLocaleString('en')}/s`,
    note: 'every byte counted',
  })
}

export const wire = async (): Promise<Row[]> => [await startUp(), await roundTrip(), await output()]
