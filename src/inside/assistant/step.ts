/** One step: the model is asked once, the tools it calls are run, and what was said and done is told. */
import { type LanguageModel, type ModelMessage, type ToolSet, streamText } from 'ai'
import type { Guard } from './guarded.ts'
import type { Host } from './host.ts'
import type { Printer } from './printer.ts'
import { messageOf, stopOf } from './stop.ts'

export interface StepDeps {
  model: LanguageModel
  system: string
  tools: ToolSet
  printer: Printer
  host: Host
  guard: Guard
  signal: AbortSignal
}

export interface Stepped {
  messages: ModelMessage[]
  tokens: number
  /** The model wants to go on. */
  isOpen: boolean
}

/** Of a call that broke off. It goes well the next time, mostly. */
const TRIES = 3
const PAUSE_MS = 500

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, ms)
    signal.addEventListener('abort', wake)
  })

const tryStep = async (messages: readonly ModelMessage[], deps: StepDeps): Promise<Stepped> => {
  const { model, system, tools, printer, host, guard, signal } = deps
  const result = streamText({
    model,
    system,
    messages: [...messages],
    tools,
    // Gantry tries again and falls back by itself.
    maxRetries: 0,
    abortSignal: signal,
    // What goes wrong comes as a part of the stream too.
    onError: () => undefined,
  })
  let failure: unknown
  let tokens = 0
  let isOpen = false
  let said = ''
  const endText = () => {
    printer.end()
    if (said.trim() !== '') void host.say('text', said)
    said = ''
  }
  for await (const part of result.fullStream) {
    switch (part.type) {
      case 'text-delta':
        said += part.text
        printer.stream('say', part.text)
        break
      case 'text-end':
        endText()
        break
      case 'reasoning-delta':
        printer.stream('think', part.text)
        break
      case 'reasoning-end':
        printer.end()
        break
      case 'tool-call':
        // A tool that is not there, or arguments that are not as it wants them: the model is told by the library.
        if ('invalid' in part && part.invalid === true) guard.noteInvalid(part.toolName, part.input, part.error)
        break
      case 'finish-step':
        tokens += (part.usage.inputTokens ?? 0) + (part.usage.outputTokens ?? 0)
        isOpen = part.finishReason === 'tool-calls'
        break
      case 'error':
        failure ??= part.error
        break
      default:
    }
  }
  endText()
  signal.throwIfAborted()
  if (failure !== undefined) throw failure instanceof Error ? failure : new Error(messageOf(failure))
  return { messages: (await result.response).messages, tokens, isOpen }
}

export const takeStep = async (messages: readonly ModelMessage[], deps: StepDeps): Promise<Stepped> => {
  for (let count = 1; ; count += 1) {
    try {
      return await tryStep(messages, deps)
    } catch (error) {
      deps.printer.end()
      if (deps.signal.aborted) throw deps.signal.reason
      const stop = stopOf(error)
      if (stop !== undefined || count >= TRIES) throw stop ?? error
      deps.printer.print('wire', `${messageOf(error)} Trying again.`)
      await pause(PAUSE_MS * count, deps.signal)
    }
  }
}
