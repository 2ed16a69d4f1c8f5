/** The vitals stream, shared by everything that shows it: open while someone looks and the page is seen. */
import { useSyncExternalStore } from 'react'
import type { Vitals } from '../../../contract/index.ts'
import { client } from '../../rpc.ts'
import { pause, whenVisible } from '../../visibility.ts'

const KEPT = 150
const AGAIN_MS = 2000
/** The history arrives as one item a sample: they are painted together. */
const PAINT_AFTER_MS = 16

let samples: readonly Vitals[] = []
let incoming: Vitals[] = []
let timer: ReturnType<typeof setTimeout> | undefined
let stopReading: AbortController | undefined
const listeners = new Set<() => void>()

const paint = () => {
  timer = undefined
  const byTime = new Map([...samples, ...incoming].map((sample) => [sample.at, sample]))
  samples = [...byTime.values()].slice(-KEPT)
  incoming = []
  for (const listener of listeners) listener()
}

const read = async (signal: AbortSignal) => {
  while (!signal.aborted) {
    const visible = await whenVisible(signal)
    try {
      for await (const sample of await client.system.vitals({ history: true }, { signal: visible })) {
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

export const useVitals = () => useSyncExternalStore(subscribe, () => samples)
