/** The last of what was written, so much and no more. */
const MOST_BYTES = 16 * 1024

export const createTail = () => {
  let parts: Buffer[] = []
  let size = 0

  return {
    add: (part: Buffer): void => {
      // A copy: the part may belong to a large buffer that would be held by it.
      parts.push(Buffer.from(part.subarray(-MOST_BYTES)))
      size += part.length
      if (size > 2 * MOST_BYTES) {
        parts = [Buffer.concat(parts).subarray(-MOST_BYTES)]
        size = MOST_BYTES
      }
    },
    text: (): string => Buffer.concat(parts).subarray(-MOST_BYTES).toString('utf8'),
  }
}
