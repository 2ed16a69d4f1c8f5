/**
 * Owns the demo: a stand-in for a model that needs no key and no network, so that everything can be tried.
 * Promises the same answer to the same words, told word by word, and that each of its texts begins with "demo:".
 * Never pretends to be a model: script.ts says what it understands.
 */
import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Content,
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
} from '@ai-sdk/provider'
import { tokensOfText } from '../estimate.ts'
import { CallFailure, failureOfStatus } from '../failure.ts'
import { streamOf } from '../streams.ts'
import type { ModelsDeps } from '../types.ts'
import { type Situation, type Step, situationOf, stepsOf, turnOf } from './script.ts'

const MOST_OF_A_RESULT = 400

const introduction = ({ said }: Situation, tools: readonly string[]): string => {
  const words = said.trim() === '' ? '' : ` You said: ${said.trim().slice(0, MOST_OF_A_RESULT)}.`
  const known = tools.length === 0 ? 'I was given no tools.' : `I was given these tools: ${tools.join(', ')}.`
  return `This is a scripted demo, not a model.${words} ${known} Try "use <tool> {json}", "ask <question>" or "say <text>".`
}

const ended = ({ lastResult }: Situation): string =>
  `Done. The last result was: ${lastResult.slice(0, MOST_OF_A_RESULT)}`

interface Turn {
  steps: Step[]
  situation: Situation
  tools: string[]
}

const turnFor = ({ prompt, tools = [] }: LanguageModelV3CallOptions): Turn => {
  const situation = situationOf(prompt)
  const all = stepsOf(situation.said)
  const names = tools.flatMap((tool) => (tool.type === 'function' ? [tool.name] : []))
  const steps = turnOf(all, situation.results)
  if (steps.length > 0) return { steps, situation, tools: names }
  const text = all.length === 0 && situation.results === 0 ? introduction(situation, names) : ended(situation)
  return { steps: [{ kind: 'say', text }], situation, tools: names }
}

const usageOf = (prompt: unknown, tokensOut: number): LanguageModelV3Usage => {
  const total = Math.ceil(tokensOfText(JSON.stringify(prompt)))
  return {
    inputTokens: { total, noCache: total, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: tokensOut, text: tokensOut, reasoning: 0 },
  }
}

const numbers = (to: number): string => Array.from({ length: to }, (_, index) => String(index + 1)).join(' ')

const wordsOf = (text: string): string[] => text.match(/\s*\S+/g) ?? []

export const createDemoModel = ({ after }: Pick<ModelsDeps, 'after'>): LanguageModelV3 => {
  const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = () => {
        off()
        reject(
          signal?.reason instanceof Error ? signal.reason : new CallFailure('cancelled', 'The call was called off.'),
        )
      }
      const off = after(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, ms)
      signal?.addEventListener('abort', stop, { once: true })
    })

  async function* parts(options: LanguageModelV3CallOptions): AsyncGenerator<LanguageModelV3StreamPart> {
    const { steps, situation, tools } = turnFor(options)
    const most = options.maxOutputTokens ?? Number.POSITIVE_INFINITY
    let tokens = 0
    let finish: LanguageModelV3FinishReason['unified'] = 'stop'

    const limited = function* (
      kind: 'text' | 'reasoning',
      text: string,
      id: string,
    ): Generator<LanguageModelV3StreamPart> {
      yield { type: `${kind}-start`, id }
      for (const word of wordsOf(text)) {
        if (tokens >= most) {
          finish = 'length'
          break
        }
        tokens += 1
        yield { type: `${kind}-delta`, id, delta: word }
      }
      yield { type: `${kind}-end`, id }
    }
    const say = (text: string, id: string) => limited('text', `demo: ${text}`, id)
    const call = function* (tool: string, input: string): Generator<LanguageModelV3StreamPart> {
      if (!tools.includes(tool)) {
        yield* say(`There is no tool "${tool}" here. I was given: ${tools.join(', ') || 'none'}.`, 'missing')
        return
      }
      const id = `call_demo_${situation.results}`
      tokens += Math.ceil(tokensOfText(tool + input))
      finish = 'tool-calls'
      yield { type: 'tool-input-start', id, toolName: tool }
      yield { type: 'tool-input-delta', id, delta: input }
      yield { type: 'tool-input-end', id }
      yield { type: 'tool-call', toolCallId: id, toolName: tool, input }
    }

    yield { type: 'stream-start', warnings: [] }
    for (const [index, step] of steps.entries()) {
      const id = String(index)
      switch (step.kind) {
        case 'use':
        case 'loop':
          yield* call(step.tool, step.input)
          break
        case 'think':
          yield* limited('reasoning', `demo: ${step.text}`, id)
          break
        case 'say':
          yield* say(step.text, id)
          break
        case 'count':
          yield* say(numbers(step.to), id)
          break
        case 'wait':
          await pause(step.ms, options.abortSignal)
          break
        case 'fail':
          throw failureOfStatus('The demo', { status: step.status, body: { message: step.text }, key: undefined })
        case 'break':
          yield* say('I begin to answer and', id)
          throw new CallFailure('upstream', 'The connection to the demo was cut.')
      }
    }
    yield {
      type: 'finish',
      finishReason: { unified: finish, raw: 'demo' },
      usage: usageOf(options.prompt, tokens),
    }
  }

  const generate = async (options: LanguageModelV3CallOptions) => {
    const texts = new Map<string, { type: 'text' | 'reasoning'; text: string }>()
    const content: LanguageModelV3Content[] = []
    let usage = usageOf(options.prompt, 0)
    let finishReason: LanguageModelV3FinishReason = { unified: 'stop', raw: 'demo' }
    for await (const part of parts(options)) {
      if (part.type === 'text-start' || part.type === 'reasoning-start') {
        const text = { type: part.type === 'text-start' ? ('text' as const) : ('reasoning' as const), text: '' }
        texts.set(part.id, text)
        content.push(text)
      }
      if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
        const text = texts.get(part.id)
        if (text !== undefined) text.text += part.delta
      }
      if (part.type === 'tool-call') content.push(part)
      if (part.type === 'finish') ({ usage, finishReason } = part)
    }
    return { content, finishReason, usage, warnings: [] }
  }

  return {
    specificationVersion: 'v3',
    provider: 'demo',
    modelId: 'demo',
    supportedUrls: {},
    doGenerate: generate,
    doStream: async (options) => ({ stream: streamOf(parts(options)) }),
  }
}
