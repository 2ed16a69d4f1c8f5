/** Whose log goes when there is too much. */
import type { LogSize } from './types.ts'

/** What is left of a log that was let go of is no more than this. */
const NOTHING_BYTES = 1024

/** Of those that ended, the one that was quiet the longest first, until the rest fits. */
export const chooseCleared = (
  sizes: readonly LogSize[],
  totalBytes: number,
  isEnded: (agentId: string) => boolean,
): string[] => {
  let over = sizes.reduce((sum, { bytes }) => sum + bytes, 0) - totalBytes
  const cleared: string[] = []
  for (const { agentId, bytes } of sizes.toSorted((a, b) => a.lastAt - b.lastAt)) {
    if (over <= 0) break
    if (bytes <= NOTHING_BYTES || !isEnded(agentId)) continue
    cleared.push(agentId)
    over -= bytes
  }
  return cleared
}
