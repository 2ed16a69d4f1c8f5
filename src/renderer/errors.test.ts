import { ORPCError } from '@orpc/client'
import { describe, expect, it } from 'vitest'
import { fromHttpBody, toFailure } from './errors.ts'

describe('toFailure', () => {
  it('keeps code, message, hint and details of an error from the core', () => {
    const error = new ORPCError('E_CONFLICT', {
      message: 'Already there.',
      data: { hint: 'Use another name.', details: { name: 'a' } },
    })
    expect(toFailure(error)).toEqual({
      code: 'E_CONFLICT',
      message: 'Already there.',
      hint: 'Use another name.',
      details: { name: 'a' },
    })
  })

  it('calls a code that is not ours an internal failure, and keeps its words', () => {
    expect(toFailure(new ORPCError('NOT_FOUND', { message: 'No procedure' }))).toMatchObject({
      code: 'E_INTERNAL',
      message: 'No procedure',
    })
  })

  it.each([
    new TypeError('Failed to fetch'),
    new DOMException('The operation was aborted', 'AbortError'),
    new Error('[Peer] was closed'),
  ])('says that Gantry does not answer when the connection is gone: %s', (error) =>
    expect(toFailure(error)).toMatchObject({ code: 'E_UNAVAILABLE', message: 'Gantry does not answer.' }),
  )

  it('survives what is not an error at all', () => {
    expect(toFailure('broken')).toEqual({ code: 'E_INTERNAL', message: 'broken' })
  })
})

describe('fromHttpBody', () => {
  it('reads a refusal in the form of REST, so that a bad key reads as one', () => {
    const error = fromHttpBody(401, {
      code: 'E_AUTH',
      message: 'This key is not valid.',
      hint: 'It may have been revoked.',
    })
    expect(toFailure(error)).toMatchObject({
      code: 'E_AUTH',
      message: 'This key is not valid.',
      hint: 'It may have been revoked.',
    })
  })

  it('leaves every other body to the client', () => {
    expect(fromHttpBody(500, { json: { code: 'E_INTERNAL' } })).toBeUndefined()
    expect(fromHttpBody(502, undefined)).toBeUndefined()
  })
})
