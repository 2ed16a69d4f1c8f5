/**
 * The one list of what can go wrong, and the one shape in which every surface says so.
 * The message says what happened in the user's words, the hint what to do about it.
 */
import { z } from 'zod'

/** Every code with the HTTP status it travels under and the exit code the command line ends with. */
export const ERRORS = {
  E_SCHEMA: { status: 400, exit: 2, title: 'The input does not have the right form' },
  E_AUTH: { status: 401, exit: 4, title: 'No valid key was given' },
  E_FORBIDDEN: { status: 403, exit: 4, title: 'This key may not do that' },
  E_NOT_FOUND: { status: 404, exit: 5, title: 'There is no such thing' },
  E_TIMEOUT: { status: 408, exit: 7, title: 'It took too long' },
  E_CONFLICT: { status: 409, exit: 6, title: 'The current state does not allow it' },
  E_TOO_LARGE: { status: 413, exit: 2, title: 'The input is too large' },
  E_QUOTA: { status: 429, exit: 8, title: 'A limit is used up' },
  E_RATE: { status: 429, exit: 8, title: 'Too many requests' },
  E_INTERNAL: { status: 500, exit: 1, title: 'Gantry itself failed' },
  E_RUNTIME: { status: 500, exit: 1, title: 'Something Gantry runs failed' },
  E_UPSTREAM: { status: 502, exit: 7, title: 'A service Gantry depends on failed' },
  E_UNAVAILABLE: { status: 503, exit: 7, title: 'Not available right now' },
} as const

export type ErrorCode = keyof typeof ERRORS

export const ErrorBody = z
  .object({
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    hint: z.string().optional(),
    details: z.unknown().optional(),
  })
  .meta({
    id: 'Error',
    examples: [
      {
        code: 'E_NOT_FOUND',
        message: 'There is no key with the id "7f3k2m".',
        hint: 'List the keys to see their ids.',
      },
    ],
  })
export type ErrorBody = z.infer<typeof ErrorBody>

export interface ErrorExtras {
  hint?: string
  details?: unknown
  cause?: unknown
}

export class GantryError extends Error {
  override readonly name = 'GantryError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly details: unknown

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, { cause: extras.cause })
    this.code = code
    this.hint = extras.hint
    this.details = extras.details
  }

  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.details === undefined ? {} : { details: this.details }),
    }
  }
}

export const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(ERRORS, code)
