/** What a supervisor and its host say to each other: frames of a kind, a length and that many bytes. */

export const KIND = {
  /** Host: this connection takes the wire; another that had it loses it. */
  wire: 1,
  /** Host: bytes for the box. */
  input: 2,
  /** Host: output before this place is kept elsewhere. */
  taken: 3,
  /** Both: so many more bytes of the other direction have been passed on. */
  passed: 4,
  /** Supervisor: where the output starts that is told now. */
  hello: 5,
  output: 6,
  /** Supervisor: the facts at the end. Nothing comes after. */
  ended: 7,
  /** Supervisor: another host has the wire now. Nothing comes after. */
  replaced: 8,
} as const
export type Kind = (typeof KIND)[keyof typeof KIND]

/** So many bytes may be under way in a direction before the other side says that it passed them on. */
export const WINDOW = 1024 * 1024

const HEADER = 5
/** Nobody sends longer ones: a window's worth at the most. */
const MOST = 2 * WINDOW

export const headerOf = (kind: Kind, length: number): Buffer => {
  const header = Buffer.allocUnsafe(HEADER)
  header.writeUInt8(kind, 0)
  header.writeUInt32BE(length, 1)
  return header
}

export const frameOf = (kind: Kind, text: string): Buffer => {
  const payload = Buffer.from(text)
  return Buffer.concat([headerOf(kind, payload.length), payload])
}

/** Cuts what arrives into frames again. Throws where the other side does not speak this. */
export const createDeframer = (onFrame: (kind: number, payload: Buffer) => void) => {
  let held: Buffer[] = []
  let size = 0
  let wanted = HEADER

  return (chunk: Buffer): void => {
    held.push(chunk)
    size += chunk.length
    if (size < wanted) return
    let rest = held.length === 1 ? chunk : Buffer.concat(held)
    for (;;) {
      if (rest.length < HEADER) {
        wanted = HEADER
        break
      }
      const length = rest.readUInt32BE(1)
      if (length > MOST) throw new Error(`a frame of ${length} bytes is not one of ours`)
      wanted = HEADER + length
      if (rest.length < wanted) break
      onFrame(rest.readUInt8(0), rest.subarray(HEADER, wanted))
      rest = rest.subarray(wanted)
    }
    held = rest.length === 0 ? [] : [rest]
    size = rest.length
  }
}
