/** Hands bytes to the box, and says when it takes more. */
import type { Writable } from 'node:stream'

export const createFeed = (stdin: Writable) => {
  let waiting: (() => void)[] = []
  const release = (): void => {
    const due = waiting
    waiting = []
    for (const passed of due) passed()
  }
  stdin.on('drain', release)
  // A box that closed its end reads nothing any more: what comes for it is dropped.
  stdin.on('close', release)

  return (bytes: Buffer, passed: () => void): void => {
    if (stdin.destroyed || stdin.write(bytes)) passed()
    else waiting.push(passed)
  }
}
