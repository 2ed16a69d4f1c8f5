/** Reads a stream to its end, also where Gantry goes away in between and comes back. */
import { type Operation, resumedInput } from '../contract/index.ts'
import { isConnectionLoss } from '../core/endpoint/index.ts'
import type { Input } from './arguments.ts'

export interface StreamSource {
  operation: Operation
  input: Input
  open: (input: Input) => Promise<AsyncIterable<unknown>>
  /** Waits for a Gantry to be there again, or throws where none comes. */
  comeBack: () => Promise<void>
  signal: AbortSignal
}

export async function* readStream({ operation, input, open, comeBack, signal }: StreamSource) {
  const { resume } = operation.meta
  let cursor: number | undefined
  for (;;) {
    try {
      const items = await open(resume === undefined ? input : resumedInput(resume, input, cursor))
      for await (const item of items) {
        cursor = resume?.cursor(item as never) ?? cursor
        yield item
      }
      return
    } catch (thrown) {
      if (signal.aborted || resume === undefined || !isConnectionLoss(thrown)) throw thrown
    }
    await comeBack()
  }
}
