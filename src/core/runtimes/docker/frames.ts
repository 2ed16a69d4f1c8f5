/**
 * The engine sends stdout and stderr of a box over one connection, in frames: a header of 8 bytes (which stream, how
 * long) and the bytes. Payloads are handed on as parts of what was read, uncopied where that is possible.
 */

const HEADER_BYTES = 8
const STDERR = 2

/** Called with each part of a frame; `isLast` with the part that ends it, which may be empty. */
type OnPart = (part: Buffer, isStderr: boolean, isLast: boolean) => void

const createFrameReader = (onPart: OnPart) => {
  const header = Buffer.alloc(HEADER_BYTES)
  let headerBytes = 0
  let left = 0
  let isStderr = false

  return (chunk: Buffer): void => {
    let at = 0
    while (at < chunk.length) {
      if (left === 0) {
        const taken = chunk.copy(header, headerBytes, at, at + HEADER_BYTES - headerBytes)
        headerBytes += taken
        at += taken
        if (headerBytes < HEADER_BYTES) return
        headerBytes = 0
        if (header[0] === undefined || header[0] > STDERR) throw new Error('the engine sent what is no frame')
        isStderr = header[0] === STDERR
        left = header.readUInt32BE(4)
        if (left === 0) onPart(Buffer.alloc(0), isStderr, true)
        continue
      }
      const part = chunk.subarray(at, at + left)
      at += part.length
      left -= part.length
      onPart(part, isStderr, left === 0)
    }
  }
}

/** The bytes of stdout, as they come. Nothing is read from the source while nobody asks for more. */
export async function* stdoutOf(
  source: AsyncIterable<Buffer>,
  onStderr: (part: Buffer) => void,
): AsyncGenerator<Buffer, void, void> {
  let parts: Buffer[] = []
  const read = createFrameReader((part, isStderr) => {
    if (isStderr) onStderr(part)
    else if (part.length > 0) parts.push(part)
  })
  for await (const chunk of source) {
    read(chunk)
    const [first] = parts
    if (first === undefined) continue
    yield parts.length === 1 ? first : Buffer.concat(parts)
    parts = []
  }
}

/** Whole frames: one for each message of a log. */
export async function* framesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer[], void, void> {
  let frames: Buffer[] = []
  let parts: Buffer[] = []
  const read = createFrameReader((part, _isStderr, isLast) => {
    parts.push(part)
    if (!isLast) return
    frames.push(parts.length === 1 ? part : Buffer.concat(parts))
    parts = []
  })
  for await (const chunk of source) {
    read(chunk)
    if (frames.length > 0) yield frames
    frames = []
  }
}
