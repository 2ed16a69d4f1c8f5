/** Where bytes may be cut without cutting a character. Bytes that are no text may be cut anywhere. */

const CONTINUATION = 0b1000_0000
const isContinuation = (byte: number) => (byte & 0b1100_0000) === CONTINUATION

const lengthOf = (lead: number): number => {
  if (lead >= 0xc2 && lead < 0xe0) return 2
  if (lead >= 0xe0 && lead < 0xf0) return 3
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 1
}

/** How many bytes at the end are the beginning of a character whose rest is yet to come: 0 to 3. */
const unfinished = (bytes: Uint8Array): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (isContinuation(byte)) continue
    return lengthOf(byte) > back ? back : 0
  }
  return 0
}

/** The last place up to `most` between two characters. */
export const cutBetween = (bytes: Uint8Array, most: number): number => {
  const end = Math.min(most, bytes.length)
  const cut = end - unfinished(bytes.subarray(0, end))
  return cut === 0 ? end : cut
}
