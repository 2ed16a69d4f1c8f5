/** A call to a provider that speaks another dialect: through the neutral form of the AI SDK, there and back. */
import type { LanguageModelV3, LanguageModelV3StreamPart } from '@ai-sdk/provider'
import type { CatalogModel } from '../../contract/index.ts'
import { usageOf } from './dialects/prompt.ts'
import type { AnswerHead, NeutralCall } from './dialects/types.ts'
import { tokensOfText } from './estimate.ts'
import { CallFailure, toFailure } from './failure.ts'
import type { Meter } from './meter.ts'
import type { Target } from './providers.ts'
import type { Opened, Wanted } from './wanted.ts'

/** Never more than the model can give: providers refuse what is beyond it. */
const within = (call: NeutralCall, { maxOutput }: CatalogModel): NeutralCall =>
  maxOutput === undefined ? call : { ...call, maxOutputTokens: Math.min(call.maxOutputTokens ?? maxOutput, maxOutput) }

const saidIn = (part: LanguageModelV3StreamPart, toldCalls: Set<string>): string => {
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta':
      return part.delta
    case 'tool-input-start':
      return part.toolName
    case 'tool-input-delta':
      toldCalls.add(part.id)
      return part.delta
    case 'tool-call':
      return toldCalls.has(part.toolCallId) ? '' : part.toolName + part.input
    default:
      return ''
  }
}

export interface TranslatedCall {
  model: LanguageModelV3
  target: Target
  key: string | undefined
  meter: Meter
  signal: AbortSignal
}

async function* writeFrames(
  parts: AsyncIterable<LanguageModelV3StreamPart>,
  { dialect }: Wanted,
  head: AnswerHead,
  { target, key, meter }: TranslatedCall,
): AsyncGenerator<string> {
  const { title } = target.provider
  const write = dialect.writeStream(head)
  const toldCalls = new Set<string>()
  let isComplete = false
  for await (const part of parts) {
    if (part.type === 'error') throw toFailure(part.error, title, key)
    if (part.type === 'finish') {
      // The libraries end every stream like this, also one that just stopped.
      if (part.finishReason.raw === undefined && part.finishReason.unified === 'other') break
      meter.learn(usageOf(part.usage))
      isComplete = true
    }
    const text = write(part, meter.usage)
    if (text !== '') yield text
    const said = saidIn(part, toldCalls)
    if (said !== '') meter.said(tokensOfText(said))
  }
  if (!isComplete) throw new CallFailure('upstream', `${title} ended before its answer was complete.`)
}

export const openTranslated = async (
  wanted: Wanted,
  call: TranslatedCall & { adapt?: (call: NeutralCall) => NeutralCall },
): Promise<Opened> => {
  const { model, target, meter, signal, adapt = (same) => same } = call
  const parsed = within(wanted.dialect.parse(wanted.request), target.model)
  const options = { ...adapt(parsed), abortSignal: signal }
  const head: AnswerHead = { id: wanted.id, model: target.model.id, at: wanted.now(), request: wanted.request }
  if (wanted.isStream) {
    const { stream } = await model.doStream(options)
    return { kind: 'stream', frames: writeFrames(stream, wanted, head, call) }
  }
  const { content, finishReason, usage } = await model.doGenerate(options)
  for (const part of content) {
    if (part.type === 'text' || part.type === 'reasoning') meter.wrote(tokensOfText(part.text))
    if (part.type === 'tool-call') meter.wrote(tokensOfText(part.toolName + part.input))
  }
  meter.learn(usageOf(usage))
  const answer = { content, finish: finishReason.unified }
  return { kind: 'whole', body: JSON.stringify(wanted.dialect.writeWhole(answer, head, meter.usage())) }
}
