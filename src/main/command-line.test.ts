import { expect, test } from 'vitest'
import { optionValue } from './command-line.ts'

test('an option is read in both its forms, and is undefined where it is not given', () => {
  expect(optionValue(['electron', '.', '--home', '/tmp/a'], '--home')).toBe('/tmp/a')
  expect(optionValue(['electron', '.', '--home=/tmp/a=b'], '--home')).toBe('/tmp/a=b')
  expect(optionValue(['electron', '.', '--homes=/tmp/a'], '--home')).toBeUndefined()
})

test.each([[['--home']], [['--home=']], [['--home', '']], [['--home', '--no-sandbox']]])(
  'an option without its value is refused, not taken for the default: %j',
  (argv) => {
    expect(() => optionValue(argv, '--home')).toThrow('--home needs a value')
  },
)
