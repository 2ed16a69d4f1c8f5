/** Why the assistant ends before its work is done, and with which exit code. */

export const EXIT = { done: 0, failed: 1, limit: 3, budget: 4 } as const

export class Stop extends Error {
  override readonly name = 'Stop'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const BUDGET = /The budget of this agent is used up[^"]*/

const messageOf = (error: unknown): string => {
  if (typeof error === 'string') return error
  const message: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : undefined
  return typeof message === 'string' ? message : JSON.stringify(error)
}

const statusOf = (error: unknown): number | undefined => {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : undefined
  return typeof status === 'number' ? status : undefined
}

/** What a failed call of the model means: the end, or `undefined` where the same may go well next time. */
export const stopOf = (error: unknown): Stop | undefined => {
  if (error instanceof Stop) return error
  const message = messageOf(error)
  const budget = BUDGET.exec(message)?.[0]
  if (budget !== undefined) return new Stop(EXIT.budget, budget)
  const status = statusOf(error)
  // A fault of the request, or of a key, is the same the next time.
  const isFinal = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429
  return isFinal ? new Stop(EXIT.failed, `The model cannot be asked: ${message}`) : undefined
}

export { messageOf }
