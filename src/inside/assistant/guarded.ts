/** Around every tool: it is known when it loops, asked for where that is wanted, and shown with what came of it. */
import type { Tool, ToolSet } from 'ai'
import type { Clock } from './clock.ts'
import type { Host } from './host.ts'
import type { Printer } from './printer.ts'
import { createRepeats } from './repeats.ts'
import { EXIT, Stop, messageOf } from './stop.ts'

export interface GuardDeps {
  printer: Printer
  host: Host
  clock: Clock
  /** Names, or their beginning with a star. */
  approve: readonly string[]
  /** Ends the assistant after this step. */
  stop: (stop: Stop) => void
}

const MOST_WORDS = 120
/** More than this nobody reads before they decide, and Gantry takes no more. */
const MOST_ASKED = 8000
const YES = 'Allow'

const matches = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name))

const shorten = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= MOST_WORDS ? line : `${line.slice(0, MOST_WORDS)}…`
}

/** The argument that tells most, where there is one; else all of them. */
const wordsOf = (input: unknown): string => {
  if (typeof input !== 'object' || input === null) return ''
  for (const name of ['path', 'command', 'question', 'id', 'name']) {
    const value: unknown = Reflect.get(input, name)
    if (typeof value === 'string') return shorten(value)
  }
  return Object.keys(input).length === 0 ? '' : shorten(JSON.stringify(input))
}

const textsIn = (result: unknown): string => {
  if (typeof result === 'string') return result
  const content: unknown = typeof result === 'object' && result !== null ? Reflect.get(result, 'content') : undefined
  if (!Array.isArray(content)) return JSON.stringify(result) ?? ''
  return content
    .map((part: unknown) => (typeof part === 'object' && part !== null ? String(Reflect.get(part, 'text')) : ''))
    .join('\n')
}

const isFailed = (result: unknown): boolean =>
  typeof result === 'object' && result !== null && Reflect.get(result, 'isError') === true

const outcomeOf = (result: unknown, ms: number): string => {
  const text = textsIn(result)
  if (isFailed(result)) return `failed: ${shorten(text)}`
  const count = text === '' ? 0 : text.split('\n').length
  return `(${count} ${count === 1 ? 'line' : 'lines'}, ${ms} ms)`
}

export const createGuard = ({ printer, host, clock, approve, stop }: GuardDeps) => {
  let repeats = createRepeats()

  const loopOf = (name: string, input: unknown): Stop =>
    new Stop(EXIT.limit, `This goes round in circles: ${name} ${JSON.stringify(input)} came three times. I stop here.`)
  const endLoop = (name: string, input: unknown): never => {
    const error = loopOf(name, input)
    stop(error)
    throw error
  }

  const permit = async (name: string, input: unknown) => {
    const words = `${name} ${JSON.stringify(input)}`
    printer.print('ask', `May I use ${shorten(words)}?`)
    const question = words.length <= MOST_ASKED ? words : `${words.slice(0, MOST_ASKED)}…`
    const asked = { kind: 'approval', question, choices: [YES, 'Refuse'] } as const
    const answer = await clock.standStill(() => host.ask(asked))
    printer.print('told', answer)
    if (answer.trim().toLowerCase() !== YES.toLowerCase()) {
      throw new Error(`A person refused this call: ${answer}. Find another way, or ask.`)
    }
  }

  const tell = (name: string, input: unknown, outcome: string) => {
    const line = `${name} ${wordsOf(input)}`.trim()
    printer.print('tool', `${line}  ${outcome}`)
    void host.say('tool', `${line}  ${outcome}`)
  }

  /** `ours`: of the box itself. Those of Gantry are asked for by Gantry. */
  const around = (name: string, inner: Tool, kind: 'ours' | 'gantry' | 'person'): Tool => {
    const { execute } = inner
    if (execute === undefined) return inner
    const isAskedFor = matches(approve, name)
    return {
      ...inner,
      execute: async (input: unknown, options) => {
        if (repeats.isLoop({ name, input })) endLoop(name, input)
        try {
          if (isAskedFor && kind === 'ours') await permit(name, input)
          if (name === 'run_command') printer.print('tool', `${name} ${wordsOf(input)}  …`)
          const began = performance.now()
          const run = async (): Promise<unknown> => await execute(input, options)
          // Gantry may be asking a person just now.
          const waits = kind === 'person' || (isAskedFor && kind === 'gantry')
          const result = waits ? await clock.standStill(run) : await run()
          if (kind !== 'person') tell(name, input, outcomeOf(result, Math.round(performance.now() - began)))
          if (repeats.isSameAgain({ name, input }, result)) endLoop(name, input)
          return result
        } catch (error) {
          if (!(error instanceof Stop)) tell(name, input, `failed: ${shorten(messageOf(error))}`)
          throw error
        }
      },
    }
  }

  const all = (tools: ToolSet, kind: 'ours' | 'gantry' | 'person'): ToolSet =>
    Object.fromEntries(Object.entries(tools).map(([name, inner]) => [name, around(name, inner, kind)]))

  return {
    all,
    /** A call that cannot be made counts like one that can. */
    noteInvalid: (name: string, input: unknown, error: unknown) => {
      tell(name, input, `failed: ${shorten(messageOf(error))}`)
      if (repeats.isLoop({ name, input })) stop(loopOf(name, input))
    },
    /** A new message may ask for the same again. */
    forget: () => {
      repeats = createRepeats()
    },
  }
}

export type Guard = ReturnType<typeof createGuard>
