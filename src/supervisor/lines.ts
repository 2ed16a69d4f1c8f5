/** Lets whole lines through. The beginning of one waits for its end, and is dropped when who wrote it goes away. */

const NEWLINE = 10

export const createLineGate = () => {
  let held: Buffer[] = []

  const push = (chunk: Buffer): Buffer | undefined => {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end === 0) {
      held.push(Buffer.from(chunk))
      return undefined
    }
    const whole = held.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...held, chunk.subarray(0, end)])
    held = end === chunk.length ? [] : [Buffer.from(chunk.subarray(end))]
    return whole
  }

  const drop = (): void => {
    held = []
  }

  return { push, drop }
}
