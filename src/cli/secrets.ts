/** Secrets of an input: a line of stdin each where something is piped in, else asked for without showing what is typed. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { GantryError, type Operation } from '../contract/index.ts'
import { type Field, fieldsOf } from './fields.ts'
import { type Standard, readText } from './standard.ts'

type Ask = (field: Field) => Promise<string>

const fromPipe = async (standard: Standard, signal: AbortSignal): Promise<Ask> => {
  const lines = (await readText(standard, signal)).split(/\r?\n/)
  return async () => lines.shift() ?? ''
}

const atTerminal = ({ input, errors }: Standard, signal: AbortSignal): Ask => {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  return async ({ name }) => {
    const ask = createInterface({ input, output: nowhere, terminal: true })
    // Ctrl-C reaches the terminal's reader first, which has taken it over.
    const left = new Promise<never>((_resolve, reject) => ask.once('SIGINT', () => reject(notGiven(name))))
    errors.write(`${name}: `)
    try {
      return await Promise.race([ask.question('', { signal }), left])
    } finally {
      ask.close()
      errors.write('\n')
    }
  }
}

const notGiven = (name: string) =>
  new GantryError('E_SCHEMA', `Missing: ${name}.`, {
    hint: 'It is a secret: pipe it in, or run this at a terminal and be asked.',
  })

export const readSecrets = async (
  operation: Operation,
  standard: Standard,
  signal: AbortSignal,
): Promise<Record<string, string>> => {
  const fields = fieldsOf(operation).filter(({ secret, path }) => secret && path.length === 1)
  const secrets: Record<string, string> = {}
  if (fields.length === 0) return secrets
  const ask = standard.isTyped ? atTerminal(standard, signal) : await fromPipe(standard, signal)
  for (const field of fields) {
    const value = (await ask(field)).trim()
    if (value !== '') secrets[field.name] = value
    else if (field.required) throw notGiven(field.name)
  }
  return secrets
}
