import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { NODE, tempHome } from '../../testing/index.ts'
import { bytesOf, openTestArchive, readAll } from './testing.ts'

/** What the frame with this number is: text, half a line, bytes that are no text, or no output at all. */
const frame = (seq: number): { stream: 'out' | 'err'; bytes: { text: string } | { base64: string } } | null => {
  if (seq % 5 === 0) return null
  const stream = seq % 3 === 0 ? 'err' : 'out'
  if (seq % 7 === 0) return { stream, bytes: { base64: Buffer.from([0xff, seq % 256, 0x0a]).toString('base64') } }
  return { stream, bytes: { text: `${seq} äöü ${'x'.repeat(seq % 50)}${seq % 4 === 0 ? '' : '\n'}` } }
}

const contentOf = (bytes: { text: string } | { base64: string }): Buffer =>
  'text' in bytes ? Buffer.from(bytes.text) : Buffer.from(bytes.base64, 'base64')

/** Goes on from what is kept, and tells the last frames again, as a box does that was not told they are safe. */
const program = (home: string): string => `
  import { openArchive } from ${JSON.stringify(new URL('./open.ts', import.meta.url).href)}
  const frame = ${frame.toString()}
  const archive = openArchive({
    home: ${JSON.stringify(home)},
    now: () => new Date(),
    onProblem: (message) => message === null || process.exit(9),
    limits: { perAgentBytes: 64 * 1024 ** 2, totalBytes: 4 * 1024 ** 3 },
  })
  archive.onCommitted(({ wireSeq }) => process.stdout.write(wireSeq + '\\n'))
  let seq = Math.max(0, (await archive.position('numbers')) - 300)
  for (;;) {
    for (let count = 0; count < 37; count += 1) {
      seq += 1
      const next = frame(seq)
      if (next === null) archive.advance('numbers', seq)
      else archive.append('numbers', { seq, at: Date.now(), ...next })
    }
    await (archive.ready() ?? new Promise((resolve) => setImmediate(resolve)))
  }
`

/** Runs it until so many frames more are safe, then ends it without a warning. */
const runAndKill = async (home: string, atLeast: number): Promise<void> => {
  const file = join(home, 'program.mjs')
  writeFileSync(file, program(home))
  const child: ChildProcess = spawn(NODE, [file], { stdio: ['ignore', 'pipe', 'pipe'] })
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('a child without pipes')
  let complaint = ''
  stderr.on('data', (text: Buffer) => (complaint += text.toString()))
  const ended = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  for await (const line of createInterface({ input: stdout })) if (Number(line) >= atLeast) child.kill('SIGKILL')
  expect([(await ended)[1], complaint]).toEqual(['SIGKILL', ''])
}

test('loses no line and doubles none, however often it is killed in the middle of writing', async () => {
  const home = tempHome()
  let written = 0
  for (let round = 0; round < 4; round += 1) {
    await runAndKill(home, written + 3000)
    const archive = openTestArchive({ home })
    const position = await archive.position('numbers')
    expect(position).toBeGreaterThanOrEqual(written + 3000)
    written = position

    const entries = await readAll(archive, { id: 'numbers' })
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_entry, index) => index + 1))
    for (const stream of ['out', 'err'] as const) {
      const expected = Array.from({ length: position }, (_value, index) => frame(index + 1)).flatMap((sent) =>
        sent?.stream === stream ? [contentOf(sent.bytes).toString('latin1')] : [],
      )
      expect(bytesOf(entries, stream) === expected.join('')).toBe(true)
    }
    expect(bytesOf(entries, 'gantry')).toBe('')
    await archive.close()
  }
})
