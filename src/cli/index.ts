/**
 * The `gantry` command: a thin client of the contract.
 * Promises the same operations, words and errors as every other surface, JSON for programs, and an exit code that tells.
 * Never holds a rule of a domain, and knows no operation by name.
 */
import { ERRORS, GantryError, type Operation, contract, listOperations, toGantryError } from '../contract/index.ts'
import { findHome } from '../core/endpoint/index.ts'
import { VERSION } from '../core/version.ts'
import { complete, completionScript } from './completion.ts'
import { commandWords } from './fields.ts'
import { streamOf } from './follow.ts'
import { takeGlobals } from './globals.ts'
import { commandHelp, overview } from './help.ts'
import { renderError } from './output.ts'
import { processStandard } from './standard.ts'

const findOperation = (operations: readonly Operation[], words: readonly string[]) =>
  operations.find((operation) => commandWords(operation).every((word, index) => words[index] === word))

/** Resolves with the exit code, where it is not 0. */
const main = async (argv: readonly string[], signal: AbortSignal): Promise<number | void> => {
  const operations = listOperations(contract)
  if (argv[0] === '__complete') return print(complete(operations, argv.slice(1)).join('\n'))

  const { globals, rest } = takeGlobals(argv)
  const home = findHome(globals.home, process.env)
  const [first] = rest
  if (globals.version) return print(VERSION)
  if (first === 'completion') return print(completionScript(rest[1]))
  if (first === 'serve' && !globals.help) {
    const { serve } = await import('./serve.ts')
    expectNoMore(rest)
    return serve({ home, attached: globals.attached, idleSeconds: globals.idleSeconds, json: globals.json, signal })
  }
  if (first === 'mcp' && !globals.help) {
    expectNoMore(rest)
    const { runShim } = await import('./mcp/shim.ts')
    return runShim({ home, input: process.stdin, output: process.stdout, signal })
  }

  const words = first === 'help' ? rest.slice(1) : rest
  const operation = findOperation(operations, words)
  if (operation !== undefined && !globals.help && first !== 'help') {
    const { runOperation } = await import('./run.ts')
    return runOperation(operation, rest.slice(operation.path.length), {
      operations,
      home,
      folder: process.cwd(),
      json: globals.json,
      yes: globals.yes,
      signal,
      standard: processStandard(),
    })
  }
  if (operation !== undefined) return print(commandHelp(operation, streamOf(operation, operations)))
  const isGroup = operations.some((candidate) => words.every((word, index) => commandWords(candidate)[index] === word))
  if (!isGroup && first !== 'serve' && first !== 'mcp') {
    throw new GantryError('E_SCHEMA', `There is no command "${words.join(' ')}".`, { hint: 'See `gantry --help`.' })
  }
  print(overview(operations, isGroup ? words : []))
}

const expectNoMore = ([command, unexpected]: readonly string[]) => {
  if (unexpected === undefined) return
  throw new GantryError('E_SCHEMA', `"${unexpected}" is one word too many.`, {
    hint: `\`gantry ${command}\` takes no words and only the options of \`gantry --help\`.`,
  })
}

const print = (text: string) => void process.stdout.write(`${text}\n`)

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
// The reader may leave early (`gantry events watch | head`): then there is nobody to write for.
process.stdout.on('error', () => stop.abort())

/** A pipe takes more than it holds only in its own time: leaving before that would cut the answer off. */
const written = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => void stream.write('', () => resolve()))

try {
  const code = await main(process.argv.slice(2), stop.signal)
  await written(process.stdout)
  process.exit(code ?? 0)
} catch (thrown) {
  if (stop.signal.aborted) process.exit(0)
  const error = toGantryError(thrown)
  const json = process.argv.includes('--json') || process.argv.includes('--attached')
  process.stderr.write(`${json ? JSON.stringify({ error: error.toBody() }) : renderError(error.toBody())}\n`)
  await written(process.stderr)
  process.exit(ERRORS[error.code].exit)
}
