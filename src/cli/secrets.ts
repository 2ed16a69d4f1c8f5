/** Secrets of an input: a line of stdin each where something is piped in, else asked for without showing what is typed. */
import { text } from 'node:stream/consumers'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { GantryError, type Operation } from '../contract/index.ts'
import { type Field, fieldsOf } from './arguments.ts'

type Ask = (field: Field) => Promise<string>

const fromPipe = async (): Promise<Ask> => {
  const lines = (await text(process.stdin)).split(/\r?\n/)
  return async () => lines.shift() ?? ''
}

const atTerminal = (signal: AbortSignal): Ask => {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  return async ({ name }) => {
    const ask = createInterface({ input: process.stdin, output: nowhere, terminal: true })
    // Ctrl-C reaches the terminal's reader first, which has taken it over.
    const left = new Promise<never>((_resolve, reject) => ask.once('SIGINT', () => reject(notGiven(name))))
    process.stderr.write(`${name}: `)
    try {
      return await Promise.race([ask.question('', { signal }), left])
    } finally {
      ask.close()
      process.stderr.write('\n')
    }
  }
}

const notGiven = (name: string) =>
  new GantryError('E_SCHEMA', `Missing: ${name}.`, {
    hint: 'It is a secret: pipe it in, or run this at a terminal and be asked.',
  })

export const readSecrets = async (operation: Operation, signal: AbortSignal): Promise<Record<string, string>> => {
  const fields = fieldsOf(operation).filter((field) => field.secret)
  const secrets: Record<string, string> = {}
  if (fields.length === 0) return secrets
  const ask = process.stdin.isTTY ? atTerminal(signal) : await fromPipe()
  for (const field of fields) {
    const value = (await ask(field)).trim()
    if (value !== '') secrets[field.name] = value
    else if (field.required) throw notGiven(field.name)
  }
  return secrets
}
