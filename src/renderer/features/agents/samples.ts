/** What agents use, over the last minutes: one stream for all of them, open while somebody looks and the page is seen. */
import { useCallback, useSyncExternalStore } from 'react'
import type { AgentSample } from '../../../contract/index.ts'
import { client } from '../../rpc.ts'
import { pause, whenVisible } from '../../visibility.ts'
import { addSamples } from './sample-series.ts'

const AGAIN_MS = 2000
/** The history arrives as one item a sample: they are painted together. */
const PAINT_AFTER_MS = 30

const NONE: readonly AgentSample[] = []
let series: ReadonlyMap<string, readonly AgentSample[]> = new Map()
let incoming: AgentSample[] = []
let timer: ReturnType<typeof setTimeout> | undefined
let stopReading: AbortController | undefined
const listeners = new Set<() => void>()

const paint = () => {
  timer = undefined
  series = addSamples(series, incoming)
  incoming = []
  for (const listener of listeners) listener()
}

const read = async (signal: AbortSignal) => {
  while (!signal.aborted) {
    const visible = await whenVisible(signal)
    try {
      for await (const sample of await client.agents.stats({ history: true }, { signal: visible })) {
        incoming.push(sample)
        timer ??= setTimeout(paint, PAINT_AFTER_MS)
      }
    } catch {
      // The event stream tells the page that the connection is lost; the pictures just stop.
    }
    await pause(AGAIN_MS, visible)
  }
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  if (stopReading === undefined) {
    stopReading = new AbortController()
    void read(stopReading.signal)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    stopReading?.abort()
    stopReading = undefined
  }
}

/** The samples of one agent, oldest first; painted anew only when there are new ones of it. */
export const useSamples = (id: string): readonly AgentSample[] =>
  useSyncExternalStore(
    subscribe,
    useCallback(() => series.get(id) ?? NONE, [id]),
  )

export const useAllSamples = (): ReadonlyMap<string, readonly AgentSample[]> =>
  useSyncExternalStore(subscribe, () => series)
