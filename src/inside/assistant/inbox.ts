/** What a person sends while the assistant runs: a line each, plain or as JSON. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

const textIn = (line: string): string => {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'string') return value
    const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'text') : undefined
    return typeof text === 'string' ? text : line
  } catch {
    return line
  }
}

export const openInbox = (input: Readable) => {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  // From the start: what comes while nobody asks for it waits.
  const waiting = lines[Symbol.asyncIterator]()

  /** The next message; undefined when no more can come. */
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const { done, value } = await waiting.next()
      if (done === true) return undefined
      const text = textIn(value).trim()
      if (text !== '') return text
    }
  }

  const close = () => {
    lines.close()
    input.destroy()
  }
  return { next, close }
}
