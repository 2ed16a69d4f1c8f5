import { describe, expect, test } from 'vitest'
import { framesOf, stdoutOf } from './frames.ts'

const frame = (stream: number, text: string): Buffer => {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}

const SENT = Buffer.concat([frame(1, 'hello '), frame(2, 'beside'), frame(1, ''), frame(1, 'wörld'), frame(2, ' it')])

describe('frames of the engine', () => {
  test.each([1, 2, 3, 7, 8, 9, 1000])('are the same however they are cut: in parts of %i bytes', async (size) => {
    const beside: Buffer[] = []
    const parts = await collect(stdoutOf(cut(SENT, size), (part) => beside.push(part)))
    expect(Buffer.concat(parts).toString()).toBe('hello wörld')
    expect(Buffer.concat(beside).toString()).toBe('beside it')
    expect((await collect(framesOf(cut(SENT, size)))).flat().map(String)).toEqual([
      'hello ',
      'beside',
      '',
      'wörld',
      ' it',
    ])
  })

  test('that are none are refused, instead of waiting for gigabytes', async () => {
    await expect(collect(stdoutOf(cut(Buffer.from('HTTP/1.1 400 Bad Request'), 100), () => undefined))).rejects.toThrow(
      'no frame',
    )
  })

  test('are not read before they are asked for', async () => {
    let read = 0
    const source = async function* () {
      for (;;) {
        read += 1
        yield frame(1, 'x')
      }
    }
    const stdout = stdoutOf(source(), () => undefined)
    await stdout.next()
    await stdout.next()
    expect(read).toBe(2)
    await stdout.return()
  })
})
