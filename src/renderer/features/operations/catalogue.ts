/** Every operation of the contract. What is here works for one that is added tomorrow: none is known by name. */
import { type Operation, contract, listOperations } from '../../../contract/index.ts'
import { client } from '../../rpc.ts'

export const OPERATIONS: readonly Operation[] = listOperations(contract)

export const findOperation = (name: string) => OPERATIONS.find((operation) => operation.name === name)

export type Call = (input: unknown, options: { signal: AbortSignal }) => Promise<unknown>

/** The client is a tree of functions with the shape of the contract: walked by path, it runs any of them. */
export const callOf = ({ path }: Operation): Call => {
  const node = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], client)
  return node as Call
}

export const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

export const matchesAll = (words: readonly string[], text: string) => {
  const lower = text.toLowerCase()
  return words.every((word) => lower.includes(word))
}

export const searchText = ({ name, summary, description, path }: Operation) =>
  `${summary} ${name} ${path.join(' ')} ${description}`
