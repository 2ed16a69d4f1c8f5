/** Runs one operation from the command line: input in, answer or stream out. */
import { createInterface } from 'node:readline/promises'
import { GantryError, type Operation } from '../contract/index.ts'
import type { Endpoint } from '../core/endpoint/index.ts'
import { commandWords, parseInput } from './arguments.ts'
import { createClient } from './client.ts'
import { ensureHost, requireHost } from './host.ts'
import { renderItem, renderOutput } from './output.ts'
import { readSecrets } from './secrets.ts'
import { isConnectionLoss } from '../core/endpoint/index.ts'

export interface RunOptions {
  home: string
  json: boolean
  yes: boolean
  signal: AbortSignal
}

type Call = (input: unknown, options: { signal: AbortSignal }) => Promise<unknown>

const callOf = (endpoint: Endpoint, path: readonly string[]): Call =>
  path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], createClient(endpoint)) as Call

const confirm = async (operation: Operation, input: Record<string, unknown>, signal: AbortSignal) => {
  const subject = [...commandWords(operation), ...Object.values(input).map(String)].join(' ')
  if (!process.stdin.isTTY) {
    throw new GantryError('E_CONFLICT', `"${subject}" loses something and was not confirmed.`, {
      hint: 'Add --yes to go ahead.',
    })
  }
  const ask = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await ask.question(`${operation.description}\n${subject}: go ahead? [y/N] `, { signal })
  ask.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new GantryError('E_CONFLICT', 'Nothing was done.')
}

export const runOperation = async (
  operation: Operation,
  words: readonly string[],
  { home, json, yes, signal }: RunOptions,
): Promise<void> => {
  const given = parseInput(operation, words)
  const input = { ...given, ...(await readSecrets(operation, signal)) }
  if (operation.meta.effect === 'destructive' && !yes) await confirm(operation, given, signal)
  const endpoint = operation.meta.cli?.onlyRunning === true ? await requireHost(home) : await ensureHost(home)
  try {
    const output = await callOf(endpoint, operation.path)(input, { signal })
    if (!operation.stream) {
      await print(json ? JSON.stringify(output, null, 2) : renderOutput(operation, output))
      return
    }
    for await (const item of output as AsyncIterable<unknown>)
      await print(json ? JSON.stringify(item) : renderItem(item))
  } catch (thrown) {
    if (signal.aborted || !isConnectionLoss(thrown)) throw thrown
    throw wentAway(operation, thrown)
  }
}

const wentAway = ({ meta }: Operation, cause: unknown): GantryError =>
  meta.effect === 'read'
    ? new GantryError('E_UNAVAILABLE', 'Gantry stopped.', { hint: 'The next command starts it again.', cause })
    : new GantryError('E_UNAVAILABLE', 'Gantry went away during this call. Whether it took effect is not known.', {
        hint: 'Look at how things stand, then try again.',
        cause,
      })

/** In the reader's time: a slow one must not fill our memory. */
const print = (text: string) => new Promise<void>((resolve) => void process.stdout.write(`${text}\n`, () => resolve()))
