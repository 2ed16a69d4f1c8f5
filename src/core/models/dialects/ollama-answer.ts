/** Answers as Ollama gives them: a line of JSON each, calls of tools always whole. */
import type { LanguageModelV3ToolCall } from '@ai-sdk/provider'
import type { CallFailure } from '../failure.ts'
import type { Json } from '../json.ts'
import { argumentsOf } from './prompt.ts'
import type { AnswerHead, NeutralAnswer, StreamWriter, SureUsage } from './types.ts'

type Form = 'chat' | 'generate'

export const ollamaError = ({ message }: CallFailure): Json => ({ error: message })
export const ollamaErrorFrame = (failure: CallFailure): string => `${JSON.stringify(ollamaError(failure))}\n`

interface Said {
  text?: string
  thinking?: string
  calls?: readonly LanguageModelV3ToolCall[]
}

const callJson = ({ toolCallId, toolName, input }: LanguageModelV3ToolCall, index: number): Json => ({
  id: toolCallId,
  function: { index, name: toolName, arguments: argumentsOf(input) },
})

const SAY: Record<Form, (said: Said) => Json> = {
  chat: ({ text = '', thinking, calls = [] }) => ({
    message: {
      role: 'assistant',
      content: text,
      ...(thinking === undefined ? {} : { thinking }),
      ...(calls.length === 0 ? {} : { tool_calls: calls.map(callJson) }),
    },
  }),
  generate: ({ text = '', thinking }) => ({ response: text, ...(thinking === undefined ? {} : { thinking }) }),
}

const ending = (form: Form, finish: string, { tokensIn, tokensOut }: SureUsage): Json => ({
  done: true,
  done_reason: finish === 'length' ? 'length' : 'stop',
  ...(form === 'generate' ? { context: [] } : {}),
  // Times are the provider's own; where it gives none, none are known.
  total_duration: 0,
  load_duration: 0,
  prompt_eval_count: tokensIn,
  prompt_eval_duration: 0,
  eval_count: tokensOut,
  eval_duration: 0,
})

const baseOf = ({ model, at }: AnswerHead): Json => ({ model, created_at: at.toISOString() })

export const ollamaWhole =
  (form: Form) =>
  ({ content, finish }: NeutralAnswer, head: AnswerHead, usage: SureUsage): Json => {
    const thinking = content.flatMap((part) => (part.type === 'reasoning' ? [part.text] : [])).join('')
    const said = {
      text: content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(''),
      calls: content.filter((part) => part.type === 'tool-call'),
      ...(thinking === '' ? {} : { thinking }),
    }
    return { ...baseOf(head), ...SAY[form](said), ...ending(form, finish, usage) }
  }

export const ollamaStream =
  (form: Form) =>
  (head: AnswerHead): StreamWriter => {
    const line = (said: Said, end: Json = { done: false }) =>
      `${JSON.stringify({ ...baseOf(head), ...SAY[form](said), ...end })}\n`
    return (part, usage) => {
      switch (part.type) {
        case 'text-delta':
          return line({ text: part.delta })
        case 'reasoning-delta':
          return line({ thinking: part.delta })
        case 'tool-call':
          return line({ calls: [part] })
        case 'finish':
          return line({}, ending(form, part.finishReason.unified, usage()))
        default:
          return ''
      }
    }
  }
