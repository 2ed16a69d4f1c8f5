/** One tool call: the operation is called like on any surface, its answer becomes a tool result. */
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { GantryError, type Operation, toGantryError } from '../../contract/index.ts'
import { STREAM_LIMITS } from './tools.ts'

export type Invoke = (operation: Operation, input: unknown, signal: AbortSignal) => Promise<unknown>

export interface CallOptions {
  signal: AbortSignal
  progress: (count: number, item: unknown) => Promise<void>
}

export const callTool = async (
  operation: Operation,
  input: Record<string, unknown>,
  invoke: Invoke,
  options: CallOptions,
): Promise<CallToolResult> => {
  try {
    const output = operation.stream
      ? await collect(operation, input, invoke, options)
      : await invoke(operation, input, options.signal)
    return toResult(operation, output as Record<string, unknown>)
  } catch (thrown) {
    return toErrorResult(thrown)
  }
}

const toResult = ({ meta, stream }: Operation, output: Record<string, unknown>): CallToolResult => {
  const form = stream || meta.text?.mediaType === null ? undefined : meta.text
  const text = form === undefined ? JSON.stringify(output) : form.render(output as never)
  return { content: [{ type: 'text', text }], structuredContent: output }
}

/** Worded for a model: what happened, and what to try instead. */
const toErrorResult = (thrown: unknown): CallToolResult => {
  const error = toGantryError(thrown)
  const lines = [`${error.code}: ${error.message}`, ...(error.hint === undefined ? [] : [`Hint: ${error.hint}`])]
  return {
    isError: true,
    content: [{ type: 'text', text: lines.join('\n') }],
    _meta: { 'gantry/error': error.toBody() },
  }
}

const bounded = ({ default: fallback, most }: { default: number; most: number }) =>
  z.int().min(1).max(most).default(fallback)
const StreamLimits = z.object({
  maxItems: bounded(STREAM_LIMITS.maxItems),
  maxSeconds: bounded(STREAM_LIMITS.maxSeconds),
})

const collect = async (
  operation: Operation,
  given: Record<string, unknown>,
  invoke: Invoke,
  { signal, progress }: CallOptions,
) => {
  const { maxItems, maxSeconds, ...input } = given
  const limits = StreamLimits.safeParse({ maxItems, maxSeconds })
  if (!limits.success) {
    throw new GantryError('E_SCHEMA', 'maxItems and maxSeconds must be whole numbers within their limits.', {
      hint: `At most ${STREAM_LIMITS.maxItems.most} items and ${STREAM_LIMITS.maxSeconds.most} seconds.`,
      details: limits.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
    })
  }
  const timeUp = AbortSignal.timeout(limits.data.maxSeconds * 1000)
  const both = AbortSignal.any([signal, timeUp])
  const items: unknown[] = []
  const stream = (await invoke(operation, input, both)) as AsyncIterable<unknown>
  let ended: 'complete' | 'maxItems' | 'maxSeconds' = 'complete'
  try {
    for await (const item of stream) {
      items.push(item)
      await progress(items.length, item)
      if (items.length >= limits.data.maxItems) {
        ended = 'maxItems'
        break
      }
    }
  } catch (thrown) {
    if (!both.aborted) throw thrown
  }
  if (timeUp.aborted && ended === 'complete') ended = 'maxSeconds'
  return { items, ended }
}
