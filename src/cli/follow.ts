/** `--follow`: a command that shows what is there turns into the stream that shows what comes. */
import type { Operation } from '../contract/index.ts'
import { type Input, nameOf, usage } from './arguments.ts'
import { fieldsOf } from './fields.ts'

const FLAGS = new Set(['--follow', '-f'])

export const streamOf = ({ meta }: Operation, operations: readonly Operation[]): Operation | undefined =>
  operations.find(({ name }) => name === meta.cli?.follow)

/** Takes the flag from where it stands before a `--`. */
export const takeFollow = (words: readonly string[]): { follow: boolean; rest: string[] } => {
  const end = words.includes('--') ? words.indexOf('--') : words.length
  const rest = words.filter((word, index) => index >= end || !FLAGS.has(word))
  return { follow: rest.length < words.length, rest }
}

/** What was said for the one must mean the same for the other. */
export const checkFollow = (operation: Operation, stream: Operation, input: Input): void => {
  const alien = fieldsOf(operation).find(
    ({ path: [name = '', ...inner] }) =>
      inner.length === 0 && Object.hasOwn(input, name) && !Object.hasOwn(stream.input.shape, name),
  )
  if (alien !== undefined) throw usage(`${nameOf(alien)} does not go with --follow.`, operation)
}
