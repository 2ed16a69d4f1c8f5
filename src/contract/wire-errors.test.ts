import { expect, test } from 'vitest'
import { toGantryError } from './index.ts'

const withCode = (code: string, cause?: Error) => Object.assign(new Error('no', { cause }), { code })

test.each(['ENOSPC', 'EROFS', 'SQLITE_FULL', 'SQLITE_READONLY', 'SQLITE_IOERR_WRITE'])(
  '%s is told as what it is, with what to do',
  (code) => {
    expect(toGantryError(withCode(code)).toBody()).toMatchObject({
      code: 'E_UNAVAILABLE',
      message: 'The data folder cannot be written to.',
      hint: expect.stringContaining('space'),
    })
    expect(toGantryError(new Error('a library around it', { cause: withCode(code) })).code).toBe('E_UNAVAILABLE')
  },
)

test('what nobody foresaw is an error of ours, without its words', () => {
  expect(toGantryError(withCode('ESOMETHING')).toBody()).toMatchObject({
    code: 'E_INTERNAL',
    message: 'Gantry failed to do this.',
  })
})
