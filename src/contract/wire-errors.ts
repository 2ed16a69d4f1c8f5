/** Between the one error shape and oRPC's wire, both ways, for whoever stands at either end of it. */
import { ORPCError, ValidationError } from '@orpc/contract'
import { ERRORS, ErrorBody, type ErrorCode, type ErrorExtras, GantryError, isErrorCode } from './errors.ts'

const BY_STATUS: Partial<Record<number, ErrorCode>> = {
  400: 'E_SCHEMA',
  401: 'E_AUTH',
  403: 'E_FORBIDDEN',
  404: 'E_NOT_FOUND',
  405: 'E_NOT_FOUND',
  408: 'E_TIMEOUT',
  409: 'E_CONFLICT',
  413: 'E_TOO_LARGE',
  415: 'E_SCHEMA',
  422: 'E_SCHEMA',
  429: 'E_RATE',
  503: 'E_UNAVAILABLE',
}

interface Issue {
  message: string
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined
}

const issuePath = ({ path = [] }: Issue): string =>
  path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')

const fromIssues = (issues: readonly Issue[]): GantryError => {
  const places = issues.map((issue) => {
    const place = issuePath(issue)
    return place === '' ? issue.message : `${place}: ${issue.message}`
  })
  return new GantryError('E_SCHEMA', `The input is not right. ${places.join(' · ')}`, {
    hint: 'Correct what is named and try again.',
    details: issues.map((issue) => ({ path: issuePath(issue), message: issue.message })),
  })
}

const Extras = ErrorBody.pick({ hint: true, details: true })
const extrasOf = (data: unknown): ErrorExtras => Extras.safeParse(data).data ?? {}

/** How SQLite and the file system say that there is no room, or no right, to write. */
const STORAGE_FAULT = /^(SQLITE_(FULL|READONLY|IOERR|CANTOPEN)|ENOSPC|EROFS|EDQUOT|EACCES)/

const isStorageFault = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (('code' in thrown && typeof thrown.code === 'string' && STORAGE_FAULT.test(thrown.code)) ||
    isStorageFault(thrown.cause))

export const toGantryError = (thrown: unknown): GantryError => {
  if (thrown instanceof GantryError) return thrown
  if (thrown instanceof ORPCError) {
    if (thrown.cause instanceof GantryError) return thrown.cause
    if (thrown.status < 500 && thrown.cause instanceof ValidationError) return fromIssues(thrown.cause.issues)
    const code = isErrorCode(thrown.code) ? thrown.code : BY_STATUS[thrown.status]
    if (code !== undefined) return new GantryError(code, thrown.message, { ...extrasOf(thrown.data), cause: thrown })
  }
  if (isStorageFault(thrown)) {
    return new GantryError('E_UNAVAILABLE', 'The data folder cannot be written to.', {
      hint: 'Check that the disk has space and that the folder may be written to, then try again. Nothing was changed.',
      cause: thrown,
    })
  }
  return new GantryError('E_INTERNAL', 'Gantry failed to do this.', {
    hint: 'The log file has the cause; please report it with that.',
    cause: thrown,
  })
}

export const toOrpcError = (thrown: unknown): ORPCError<ErrorCode, Omit<ErrorBody, 'code' | 'message'>> => {
  const error = toGantryError(thrown)
  const { code, message, ...data } = error.toBody()
  return new ORPCError(code, { status: ERRORS[code].status, message, data, cause: error })
}
