/**
 * Which bytes of the wire a runtime may let go of: those before the oldest frame that is not kept elsewhere yet.
 * Whatever else was read on the way needs no keeping: it is made again when it is still wanted.
 */
export const createCommitted = (since: number, taken: (bytes: number) => void) => {
  /** For each piece that was read: the last frame seen up to its end, and where its last whole line ends. */
  let marks: { seq: number; end: number }[] = []
  let kept = since
  let total = 0
  let told = 0

  const tell = () => {
    const open = marks.findIndex(({ seq }) => seq > kept)
    const done = open === -1 ? marks.length : open
    const end = marks[done - 1]?.end ?? 0
    if (done > 0) marks = marks.slice(done)
    if (end <= told) return
    told = end
    taken(end)
  }

  return {
    read: (bytes: number, waiting: number, seq: number) => {
      total += bytes
      const end = total - waiting
      const last = marks.at(-1)
      if (last !== undefined && last.seq === seq) last.end = end
      else marks.push({ seq, end })
      if (seq <= kept) tell()
    },
    upTo: (seq: number) => {
      kept = Math.max(kept, seq)
      tell()
    },
  }
}
