/** Waits at a supervisor for the end of its box. As long as somebody waits, the box has a Gantry that decides for it. */
import { type Socket, connect } from 'node:net'
import { type Facts, KIND, createDeframer } from '../../../supervisor/index.ts'
import { parseFacts } from './records.ts'

export interface Watcher {
  close: () => void
}

/** `onEnd` comes once: with the facts, or with nothing when the supervisor went without a word. */
export const watchBox = (path: string, onEnd: (facts: Facts | undefined) => void): Watcher => {
  const socket: Socket = connect(path)
  let facts: Facts | undefined
  let isClosed = false
  const deframe = createDeframer((kind, payload) => {
    if (kind === KIND.ended) facts = parseFacts(JSON.parse(payload.toString()))
  })
  socket.on('data', (chunk) => {
    try {
      deframe(chunk)
    } catch (cause) {
      socket.destroy(cause as Error)
    }
  })
  // Told by the close that follows.
  socket.on('error', () => undefined)
  socket.once('close', () => {
    if (!isClosed) onEnd(facts)
  })
  return {
    close: () => {
      isClosed = true
      socket.destroy()
    },
  }
}
