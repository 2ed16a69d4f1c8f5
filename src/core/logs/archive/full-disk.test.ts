import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NODE, tempHome } from '../../testing/index.ts'

const FRAMES = 400
const LINES = 500

/** Writes 20 MB, waiting when it is told to, and then says what of it is there. */
const program = (home: string, patienceMs: number): string => `
  import { openArchive } from ${JSON.stringify(new URL('./open.ts', import.meta.url).href)}
  const tell = (what) => process.stdout.write(JSON.stringify(what) + '\\n')
  let problem
  const archive = openArchive({
    home: ${JSON.stringify(home)},
    now: () => new Date(),
    onProblem: (message) => { problem = message; tell({ problem }) },
    limits: { perAgentBytes: 64 * 1024 ** 2, totalBytes: 4 * 1024 ** 3 },
    patienceMs: ${patienceMs},
  })
  for (let seq = 1; seq <= ${FRAMES}; seq += 1) {
    archive.append('agent1', { seq, stream: 'out', at: Date.now(), bytes: { text: ('x'.repeat(99) + '\\n').repeat(${LINES}) } })
    await archive.ready()
  }
  tell({ sent: true })
  while (problem !== null) await new Promise((resolve) => setTimeout(resolve, 20))
  const { last, cut, items } = await archive.page({ id: 'agent1', tail: 1, limit: 1, ignoreCase: false })
  tell({ position: await archive.position('agent1'), last, cut, item: items[0].stream })
  await archive.close()
`

/** A disk that takes no more after 2 MB, until it is cleared. */
const runOnFullDisk = async (patienceMs: number, clearWhen: (said: object) => boolean) => {
  const home = tempHome()
  const file = join(home, 'program.mjs')
  writeFileSync(file, program(home, patienceMs))
  // What would be a full disk to the whole machine is a limit of this process: its files do not grow any further.
  const child = spawn('bash', ['-c', 'trap "" XFSZ; ulimit -S -f 2048; exec "$0" "$@"', NODE, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const said: Record<string, unknown>[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const one = JSON.parse(line) as Record<string, unknown>
    said.push(one)
    if (clearWhen(one)) execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:unlimited'])
  }
  expect(await ended).toEqual([0, null])
  return { said, last: said.at(-1) }
}

// How a process is kept from growing its files is different elsewhere.
describe.runIf(process.platform === 'linux')('a disk that takes no more', () => {
  test('is waited for, and nothing is missing when it does again', async () => {
    const { said, last } = await runOnFullDisk(60_000, (one) => 'problem' in one && one.problem !== null)
    expect(said.filter((one) => 'problem' in one)).toEqual([
      { problem: expect.stringMatching(/^the disk (is full|takes nothing more)/) },
      { problem: null },
    ])
    expect(last).toEqual({ position: FRAMES, last: FRAMES * LINES, cut: 0, item: 'out' })
  })

  test('for too long keeps no agent from going on: what is missing is counted', async () => {
    const { last } = await runOnFullDisk(0, (one) => 'sent' in one)
    const { position, last: kept, cut, item } = last as Record<string, number>
    expect([position, item]).toEqual([FRAMES, 'gantry'])
    expect(cut).toBeGreaterThan(0)
    // All lines are there or counted, and one entry says so.
    expect((kept ?? 0) - 1 + (cut ?? 0)).toBe(FRAMES * LINES)
  })
})
