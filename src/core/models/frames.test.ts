import { describe, expect, it } from 'vitest'
import { createFramer } from './frames.ts'

const split = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))

describe.each([1, 2, 3, 5, 1000])('cut into pieces of %i bytes', (size) => {
  it('finds the same events, whatever ends their lines', () => {
    for (const end of ['\n', '\r\n']) {
      const events = [`event: x${end}data: {"say":"grüß 👋"}`, ': waiting', 'data: [DONE]', 'data: {"broken']
      const text = events.map((event) => event + end + end).join('')
      const framer = createFramer('sse')
      const frames = split(Buffer.from(text), size).flatMap(framer.push)
      expect(frames.map(({ raw }) => raw).join('')).toBe(text)
      expect(frames.map(({ data }) => data)).toEqual([
        { kind: 'json', value: { say: 'grüß 👋' } },
        undefined,
        { kind: 'done' },
        { kind: 'broken' },
      ])
      expect(framer.finish()).toEqual([])
    }
  })

  it('takes a last line that is not ended', () => {
    const framer = createFramer('ndjson')
    const frames = split(Buffer.from('{"a":"ü"}\n{"b":2}'), size).flatMap(framer.push)
    expect([...frames, ...framer.finish()].map(({ data }) => data)).toEqual([
      { kind: 'json', value: { a: 'ü' } },
      { kind: 'json', value: { b: 2 } },
    ])
  })
})

it('does not gather an event without end for ever', () => {
  const framer = createFramer('sse')
  const piece = Buffer.alloc(1024 * 1024, 'a')
  expect(() => {
    for (let count = 0; count < 20; count += 1) framer.push(piece)
  }).toThrow('event without end')
})
