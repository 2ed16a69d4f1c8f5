import { expect, it } from 'vitest'
import { KIND, createDeframer, frameOf, headerOf } from './frames.ts'
import { createLineGate } from './lines.ts'

const cut = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))

it.each([1, 2, 5, 7, 1000])('frames are told one by one, however they arrive (%i bytes at a time)', (size) => {
  const seen: [number, string][] = []
  const deframe = createDeframer((kind, payload) => seen.push([kind, payload.toString()]))
  const sent = Buffer.concat([frameOf(KIND.wire, ''), frameOf(KIND.input, 'hello\n'), frameOf(KIND.taken, '12')])
  for (const part of cut(sent, size)) deframe(part)
  expect(seen).toEqual([
    [KIND.wire, ''],
    [KIND.input, 'hello\n'],
    [KIND.taken, '12'],
  ])
})

it('a frame that is longer than any of ours is refused before it is waited for', () => {
  const deframe = createDeframer(() => undefined)
  expect(() => deframe(headerOf(KIND.input, 0x7fffffff))).toThrow(/not one of ours/)
})

it('only whole lines pass the gate, and what was begun by one that went is dropped', () => {
  const gate = createLineGate()
  const push = (text: string) => gate.push(Buffer.from(text))?.toString()
  expect(push('one\ntwo\nthr')).toBe('one\ntwo\n')
  expect(push('e')).toBeUndefined()
  expect(push('e\n')).toBe('three\n')
  expect(push('half')).toBeUndefined()
  gate.drop()
  expect(push('whole\n')).toBe('whole\n')
})
