/** Whatever was thrown, as the one shape of the contract: the same failure reads the same on every surface. */
import { ORPCError } from '@orpc/client'
import { type ErrorCode, isRecord } from '../contract/index.ts'

export interface Failure {
  code: ErrorCode
  message: string
  hint?: string | undefined
  details?: unknown
}

const OURS = /^E_[A-Z_]+$/

const fromWire = (error: ORPCError<string, unknown>): Failure => {
  const data = isRecord(error.data) ? error.data : {}
  return {
    code: OURS.test(error.code) ? (error.code as ErrorCode) : 'E_INTERNAL',
    message: error.message,
    hint: typeof data['hint'] === 'string' ? data['hint'] : undefined,
    details: data['details'],
  }
}

/** An error body as REST sends it, as the error that an operation would have answered with. */
export const fromHttpBody = (status: number, body: unknown): ORPCError<string, unknown> | undefined => {
  if (!isRecord(body) || typeof body['code'] !== 'string' || !OURS.test(body['code'])) return undefined
  const { code, message, hint, details } = body
  return new ORPCError(code, { status, message: String(message), data: { hint, details } })
}

const LOST: Failure = {
  code: 'E_UNAVAILABLE',
  message: 'Gantry does not answer.',
  hint: 'It is tried again by itself. If this stays, start Gantry again.',
}

/** A closed port and an ended connection surface as aborts, a refused one as a TypeError of fetch. */
const isLost = (error: unknown) =>
  error instanceof TypeError ||
  (error instanceof Error && (error.name === 'AbortError' || /abort|closed|network/i.test(error.message)))

export const toFailure = (error: unknown): Failure => {
  if (error instanceof ORPCError) return fromWire(error)
  if (isLost(error)) return LOST
  return { code: 'E_INTERNAL', message: error instanceof Error ? error.message : String(error) }
}
