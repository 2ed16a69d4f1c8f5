import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Readable } from 'node:stream'
import { openArchive } from '../../src/core/logs/index.ts'
import { megabytes, round } from '../support/numbers.ts'
import { type Row, atLeast, atMost } from '../support/report.ts'

/** Ten minutes, as the growth of memory wants it, with GANTRY_BENCH_LOG_SECONDS=600. */
const SECONDS = Number(process.env['GANTRY_BENCH_LOG_SECONDS'] ?? 30)
const DELAY_RESOLUTION_MS = 10
const FULL_SPEED_SECONDS = 5
const PEER_LINES = 1_000_000
const WORDS = 'is what a program has to say of its work'

/** Half as much again as is wanted, so that keeping up with it means something. */
const LINES_PER_SECOND = 150_000

/** Writes numbered lines: so many a second, or as fast as they are taken. */
const program = (linesPerSecond: number) => `
  const perTurn = 500
  const began = performance.now()
  let number = 0
  const more = () => {
    for (;;) {
      const ahead = (number / ${linesPerSecond}) * 1000 - (performance.now() - began)
      if (ahead > 0) return setTimeout(more, ahead)
      let text = ''
      for (let count = 0; count < perTurn; count += 1) text += (number += 1) + ' ${WORDS}\\n'
      if (!process.stdout.write(text)) return process.stdout.once('drain', more)
    }
  }
  more()
`

interface Program {
  stdout: Readable
  /** Ends it, and waits until it is gone. */
  end: () => Promise<void>
}

const startProgram = (command: string, args: readonly string[]): Program => {
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  if (child.stdout === null) throw new Error(`${command} has no output`)
  const gone = once(child, 'exit')
  return {
    stdout: child.stdout,
    end: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}

const perSecond = (lines: number, ms: number) => round((lines / ms) * 1000, 0)

const countLines = (bytes: Buffer): number => {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count += 1
  return count
}

/** The same on Docker, where its command line and an engine are there: a container that writes, and somebody who follows. */
const dockerFollows = async (): Promise<string | undefined> => {
  if (process.env['GANTRY_TEST_DOCKER'] !== 'available') return undefined
  const name = `gantry-bench-logs-${process.pid}`
  const writing = ['awk', `BEGIN { for (number = 1; number <= ${PEER_LINES}; number++) print number " ${WORDS}" }`]
  try {
    const began = performance.now()
    execFileSync('docker', ['run', '-d', '--network', 'none', '--name', name, 'gantry-test/busybox', ...writing], {
      stdio: 'ignore',
    })
    const follower = startProgram('docker', ['logs', '-f', name])
    let lines = 0
    for await (const chunk of follower.stdout) lines += countLines(chunk as Buffer)
    const rate = perSecond(lines, performance.now() - began).toLocaleString('en')
    return `docker logs -f ${rate}/s, ${(PEER_LINES - lines).toLocaleString('en')} lines lost`
  } catch {
    // Its command line is not on every machine that has an engine.
    return undefined
  } finally {
    spawnSync('docker', ['rm', '-f', name], { stdio: 'ignore' })
  }
}

/** How late timers are in a process that has nothing else to do: what of the delay is the machine's. */
const idleDelay = () => {
  const child = spawn(
    process.execPath,
    [
      '-e',
      `const delay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: ${DELAY_RESOLUTION_MS} })
      delay.enable()
      process.stdin.resume().once('end', () => process.stdout.write(String(delay.percentile(99) / 1e6)))`,
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  return async (): Promise<number> => {
    child.stdin.end()
    let text = ''
    for await (const part of child.stdout) text += String(part)
    return delayed(Number(text))
  }
}

/** The histogram measures from tick to tick: what is above its own interval is the delay. */
const delayed = (p99: number): number => round(Math.max(0, p99 - DELAY_RESOLUTION_MS))

type Archive = ReturnType<typeof openArchive>

const LIMITS = { perAgentBytes: 64 * 1024 ** 2, totalBytes: 4 * 1024 ** 3 }

/** An archive in a folder of its own, and a program whose output goes there for a while. */
const run = async (
  linesPerSecond: number,
  seconds: number,
  meanwhile: (archive: Archive, isOver: () => boolean) => Promise<void>,
): Promise<{ entries: number; storedMs: number; allMs: number }> => {
  const home = mkdtempSync(join(tmpdir(), 'gantry-bench-'))
  const problems: string[] = []
  const onProblem = (message: string | null) => problems.push(String(message))
  const archive = openArchive({ home, now: () => new Date(), onProblem, limits: LIMITS })
  const { stdout, end } = startProgram(process.execPath, ['-e', program(linesPerSecond)])
  let isOver = false
  const other = meanwhile(archive, () => isOver)
  const began = performance.now()
  let seq = 0
  for await (const chunk of stdout) {
    const text = (chunk as Buffer).toString('latin1')
    archive.append('agent1', { seq: (seq += 1), stream: 'out', at: Date.now(), bytes: { text } })
    await archive.ready()
    if (performance.now() - began > seconds * 1000) break
  }
  await archive.position('agent1')
  const storedMs = performance.now() - began
  const { last } = await archive.page({ id: 'agent1', tail: 1, limit: 1, ignoreCase: false })
  isOver = true
  archive.poke('agent1')
  await other
  const allMs = performance.now() - began
  await end()
  await archive.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  if (problems.length > 0) throw new Error(problems.join('; '))
  return { entries: last, storedMs, allMs }
}

/** One agent writes, one follower reads all of it and looks at each line; both over this one thread and the archive's. */
export const logs = async (): Promise<Row[]> => {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
  const memory: number[] = []
  let seen = 0
  let entriesSeen = 0
  let bad = 0
  const follow = async (archive: Archive, isOver: () => boolean) => {
    let begun = ''
    for await (const { entries, missed } of archive.follow('agent1', { isEnded: isOver }, undefined)) {
      bad += missed
      entriesSeen += entries.length + missed
      for (const { stream, text = '', open } of entries) {
        if (stream === 'gantry') continue
        begun += text
        if (open === true) continue
        seen += 1
        if (begun !== `${seen} ${WORDS}`) bad += 1
        begun = ''
      }
    }
  }
  const sampling = setInterval(() => memory.push(process.memoryUsage().rss), 500)
  delay.enable()
  const idlesAlong = idleDelay()
  const idle = performance.eventLoopUtilization()
  const paced = await run(LINES_PER_SECOND, SECONDS, follow)
  const { utilization } = performance.eventLoopUtilization(idle)
  delay.disable()
  const floor = await idlesAlong()
  clearInterval(sampling)
  const quick = await run(Number.POSITIVE_INFINITY, FULL_SPEED_SECONDS, () => Promise.resolve())
  const peer = await dockerFollows()

  const third = Math.floor(memory.length / 3)
  // The least of each: what waits to be collected comes and goes.
  const growth = Math.min(...memory.slice(-third)) - Math.min(...memory.slice(third, 2 * third))
  return [
    atLeast('Log lines from one agent to the store and a follower', perSecond(seen, paced.allMs), 100_000, '/s', {
      ...(peer === undefined ? {} : { peer }),
      note: `for ${SECONDS} s`,
    }),
    atMost('Of these lost, doubled or mixed', bad + Math.abs(paced.entries - entriesSeen), 0, ''),
    atMost('Main-thread delay meanwhile, p99', delayed(delay.percentile(99) / 1e6), 16, 'ms', {
      peer: `in a process that does nothing ${floor} ms`,
      note: `the thread is busy ${round(utilization * 100, 0)} % of the time`,
    }),
    atMost('Memory (RSS) that grew meanwhile', Math.max(0, megabytes(growth)), 32, 'MB', {
      note: `${megabytes(Math.max(...memory))} MB at the most`,
    }),
    atLeast(
      'Log lines to the store, as fast as they are taken',
      perSecond(quick.entries, quick.storedMs),
      100_000,
      '/s',
    ),
  ]
}
