/** Runs one operation from the command line: input in, answer or stream out, and the exit code it ends with. */
import { createInterface } from 'node:readline/promises'
import { ERRORS, GantryError, type Operation } from '../contract/index.ts'
import { type Endpoint, isConnectionLoss } from '../core/endpoint/index.ts'
import { type Input, parseWords, withAbsolutePaths, withValueAt } from './arguments.ts'
import { createClient } from './client.ts'
import { commandWords } from './fields.ts'
import { checkFollow, streamOf, takeFollow } from './follow.ts'
import { awaitHost, ensureHost, requireHost } from './host.ts'
import { createPrinter } from './print.ts'
import { readSecrets } from './secrets.ts'
import { type Standard, readText } from './standard.ts'
import { readStream } from './stream.ts'

export interface RunOptions {
  operations: readonly Operation[]
  home: string
  /** Where relative paths of the input start. */
  folder: string
  json: boolean
  yes: boolean
  signal: AbortSignal
  standard: Standard
}

type Call = (input: unknown, options: { signal: AbortSignal }) => Promise<unknown>

const callOf = (endpoint: Endpoint, path: readonly string[]): Call =>
  path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], createClient(endpoint)) as Call

const confirm = async (operation: Operation, input: Input, { signal, standard }: RunOptions) => {
  const given = Object.values(input).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  const subject = [...commandWords(operation), ...given].join(' ')
  if (!standard.isTyped) {
    throw new GantryError('E_CONFLICT', `"${subject}" loses something and was not confirmed.`, {
      hint: 'Add --yes to go ahead.',
    })
  }
  const ask = createInterface({ input: standard.input, output: standard.errors })
  const answer = await ask.question(`${operation.description}\n${subject}: go ahead? [y/N] `, { signal })
  ask.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new GantryError('E_CONFLICT', 'Nothing was done.')
}

/** What is to be run, with what: the words say both. */
const readWords = (operation: Operation, words: readonly string[], operations: readonly Operation[]) => {
  const stream = streamOf(operation, operations)
  const { follow, rest } = stream === undefined ? { follow: false, rest: words } : takeFollow(words)
  const { input, piped } = parseWords(operation, rest)
  if (stream === undefined || !follow) return { target: operation, input, piped }
  checkFollow(operation, stream, input)
  return { target: stream, input, piped }
}

const readInput = async (operation: Operation, words: readonly string[], options: RunOptions) => {
  const { target, input, piped } = readWords(operation, words, options.operations)
  const given = withAbsolutePaths(target, input, options.folder)
  if (piped === undefined) return { target, given }
  if (options.standard.isTyped) options.standard.errors.write(`${piped.name}, ended by Ctrl-D:\n`)
  return { target, given: withValueAt(given, piped.path, await readText(options.standard, options.signal)) }
}

/** Resolves with the exit code. */
export const runOperation = async (
  operation: Operation,
  words: readonly string[],
  options: RunOptions,
): Promise<number> => {
  const { home, json, yes, signal, standard } = options
  const { target, given } = await readInput(operation, words, options)
  const { meta, path } = target
  const input = { ...given, ...(await readSecrets(target, standard, signal)) }
  if (meta.effect === 'destructive' && !yes) await confirm(target, given, options)
  let endpoint = meta.cli?.onlyRunning === true ? await requireHost(home) : await ensureHost(home)
  const printer = createPrinter(target, json, standard)
  const call = (from: Input) => callOf(endpoint, path)(from, { signal })
  try {
    if (!target.stream) {
      const output = await call(input)
      await printer.answer(output)
      const failure = meta.cli?.failure?.(output as never)
      return failure === undefined ? 0 : ERRORS[failure].exit
    }
    const comeBack = async () => {
      if (!json) standard.errors.write('Gantry went away; waiting for it to come back.\n')
      endpoint = await awaitHost(home, signal)
    }
    const open = async (from: Input) => (await call(from)) as AsyncIterable<unknown>
    for await (const item of readStream({ operation: target, input, open, comeBack, signal })) await printer.item(item)
    return 0
  } catch (thrown) {
    if (signal.aborted || !isConnectionLoss(thrown)) throw thrown
    throw wentAway(target, thrown)
  } finally {
    await printer.end()
  }
}

const wentAway = ({ meta }: Operation, cause: unknown): GantryError =>
  meta.effect === 'read'
    ? new GantryError('E_UNAVAILABLE', 'Gantry stopped.', { hint: 'The next command starts it again.', cause })
    : new GantryError('E_UNAVAILABLE', 'Gantry went away during this call. Whether it took effect is not known.', {
        hint: 'Look at how things stand, then try again.',
        cause,
      })
