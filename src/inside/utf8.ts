/** Where text may be cut. */

const lengthByLead = (byte: number): number => {
  if (byte >= 0xf8) return 1
  if (byte >= 0xf0) return 4
  if (byte >= 0xe0) return 3
  return byte >= 0xc0 ? 2 : 1
}

/** The last place up to `end` that is not inside a character. Bytes that are no text may be cut anywhere. */
export const cutBefore = (bytes: Uint8Array, end: number): number => {
  for (let back = 1; back <= 3 && back <= end; back += 1) {
    const byte = bytes[end - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    return lengthByLead(byte) > back ? end - back : end
  }
  return end
}
