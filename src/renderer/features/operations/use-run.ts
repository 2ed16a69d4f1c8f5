import { useCallback, useEffect, useRef, useState } from 'react'
import type { Operation } from '../../../contract/index.ts'
import { callOf, isStream } from './catalogue.ts'

export type Run =
  | { phase: 'asking' }
  | { phase: 'confirming'; input: Record<string, unknown> }
  | { phase: 'running' }
  | { phase: 'streaming'; items: readonly unknown[]; received: number }
  | { phase: 'done'; output: unknown }
  | { phase: 'ended'; items: readonly unknown[]; received: number }
  | { phase: 'failed'; error: unknown }

const ITEMS_KEPT = 200
const PAINT_MS = 50

/** One run of an operation, from asking for its input to showing what came of it. Closing it stops its stream. */
export const useRun = (operation: Operation, initial: Run) => {
  const [run, setRun] = useState<Run>(initial)
  const life = useRef<AbortController | null>(null)
  useEffect(() => () => life.current?.abort(), [])

  const readStream = useCallback(async (stream: AsyncIterable<unknown>, signal: AbortSignal) => {
    let items: unknown[] = []
    let received = 0
    let painted = 0
    const paint = () => {
      painted = Date.now()
      items = items.slice(-ITEMS_KEPT)
      setRun({ phase: 'streaming', items, received })
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    paint()
    try {
      for await (const item of stream) {
        items.push(item)
        received += 1
        clearTimeout(timer)
        if (Date.now() - painted > PAINT_MS) paint()
        else timer = setTimeout(paint, PAINT_MS)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      clearTimeout(timer)
    }
    setRun({ phase: 'ended', items: items.slice(-ITEMS_KEPT), received })
  }, [])

  const start = useCallback(
    async (input: Record<string, unknown>) => {
      life.current?.abort()
      const controller = new AbortController()
      life.current = controller
      setRun({ phase: 'running' })
      try {
        const output = await callOf(operation)(input, { signal: controller.signal })
        if (isStream(output)) await readStream(output, controller.signal)
        else setRun({ phase: 'done', output })
      } catch (error) {
        if (!controller.signal.aborted) setRun({ phase: 'failed', error })
      }
    },
    [operation, readStream],
  )

  return {
    run,
    start,
    ask: () => setRun({ phase: 'asking' }),
    confirm: (input: Record<string, unknown>) => setRun({ phase: 'confirming', input }),
    stop: () => life.current?.abort(),
  }
}
