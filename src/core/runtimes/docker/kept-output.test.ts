import { describe, expect, test } from 'vitest'
import { isWhole, keptLines } from './kept-output.ts'

const PIECE = 16_384

/** As the engine keeps lines: long ones in pieces under the time of the first, the last of which `local` does not close. */
const keep = (lines: readonly string[], driver: 'local' | 'json-file'): Buffer => {
  const frames = lines.flatMap((line, index) => {
    const at = `2026-11-21T14:00:00.${String(index).padStart(9, '0')}Z`
    const pieces = Array.from({ length: Math.floor(line.length / PIECE) + 1 }, (_, part) =>
      line.slice(part * PIECE, (part + 1) * PIECE),
    )
    return pieces.map((piece, part) => {
      const isLast = part === pieces.length - 1
      const closes = isLast && (pieces.length === 1 || driver === 'json-file')
      return `${at} ${piece}${closes ? '\n' : ''}`
    })
  })
  return Buffer.concat(
    frames.map((text) => {
      const header = Buffer.alloc(8)
      header[0] = 1
      header.writeUInt32BE(Buffer.byteLength(text), 4)
      return Buffer.concat([header, Buffer.from(text)])
    }),
  )
}

const read = async (bytes: Buffer): Promise<string[]> => {
  const lines: string[] = []
  const source = (async function* () {
    for (let from = 0; from < bytes.length; from += 5000) yield bytes.subarray(from, from + 5000)
  })()
  for await (const some of keptLines(source)) lines.push(...some.map((line) => line.bytes.toString()))
  return lines
}

const LINES = ['a', 'b'.repeat(PIECE - 1), 'c'.repeat(PIECE), 'd'.repeat(PIECE), 'e'.repeat(5 * PIECE + 3), 'f f', '']

describe('what the engine kept', () => {
  test.each(['local', 'json-file'] as const)('is whole lines, also long ones: %s', async (driver) => {
    expect(await read(keep([...LINES, 'z'], driver))).toEqual([...LINES, 'z'].map((line) => `${line}\n`))
  })

  test('ends with a long line where that is a whole frame of the wire', async () => {
    const frame = JSON.stringify({ seq: 1, text: 'x'.repeat(3 * PIECE) })
    expect(await read(keep(['a', frame], 'local'))).toEqual(['a\n', `${frame}\n`])
  })

  test('leaves out an end that was cut off', async () => {
    const cut = JSON.stringify({ seq: 1, text: 'x'.repeat(3 * PIECE) }).slice(0, -5)
    expect(await read(keep(['a', cut], 'local'))).toEqual(['a\n'])
  })

  test('tells no part of a frame from a whole one wrongly', () => {
    const frame = JSON.stringify({ a: '{}', b: { c: '{"d":1}', e: [{ f: '\\"{' }] }, g: '}' })
    const parts = Array.from({ length: frame.length }, (_, from) => frame.slice(from))
    expect(parts.filter((part) => isWhole(Buffer.from(part)))).toEqual([frame])
    const beginnings = Array.from({ length: frame.length + 1 }, (_, end) => frame.slice(0, end))
    expect(beginnings.filter((part) => isWhole(Buffer.from(part)))).toEqual([frame])
  })
})
