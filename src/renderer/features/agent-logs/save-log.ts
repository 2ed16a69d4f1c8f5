/** The whole log as a file, paged from the store: what is held in the page is only a part of it. */
import type { GantryClient } from '../../../contract/index.ts'
import { renderLogBytes } from '../../../contract/render-logs.ts'

export interface SaveDeps {
  agents: Pick<GantryClient['agents'], 'logs'>
  signal: AbortSignal
  /** How far it is, from 0 to 1. */
  onProgress: (share: number) => void
}

const PAGE = 10_000

export const readWholeLog = async (id: string, { agents, signal, onProgress }: SaveDeps): Promise<Blob> => {
  const parts: BlobPart[] = []
  let after: number | null = 0
  while (after !== null) {
    const page = await agents.logs({ id, after, limit: PAGE }, { signal })
    parts.push(new Uint8Array(renderLogBytes(page.items)))
    const reached = page.items.at(-1)?.seq ?? page.last
    onProgress(page.last === 0 ? 1 : Math.min(reached / page.last, 1))
    after = page.next
  }
  return new Blob(parts, { type: 'text/plain;charset=utf-8' })
}

const FORGET_AFTER_MS = 60_000

export const offerFile = (blob: Blob, name: string): void => {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser reads it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), FORGET_AFTER_MS)
}
