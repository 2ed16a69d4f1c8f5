/** Anthropic's messages: what asks, and what of a provider's answer concerns us. */
import type { LanguageModelV3CallOptions, LanguageModelV3ToolResultOutput } from '@ai-sdk/provider'
import { type Json, isJson, listOf, numberOf, objectOf, objectsOf, textOf } from '../json.ts'
import type { Usage } from '../meter.ts'
import { guardMessages, withoutForeign } from './guard.ts'
import { messagesError, messagesErrorFrame, messagesStream, messagesWhole } from './messages-answer.ts'
import {
  type AssistantPart,
  type UserPart,
  createPrompt,
  filePart,
  functionTool,
  given,
  invalid,
  textPart,
} from './prompt.ts'
import type { Dialect, NeutralCall, Observation } from './types.ts'

/** They cost more, or let the provider reach other servers. */
const FOREIGN_FIELDS = ['service_tier', 'mcp_servers', 'container']

const textsOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : objectsOf(content)
        .map((part) => textOf(part['text']))
        .join('')

const blocksOf = (content: unknown): Json[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content)

const sourced = (block: Json): UserPart => {
  const { type, data, media_type } = objectOf(block['source'])
  if (type === 'text') return textPart(textOf(data))
  if (type !== 'base64') return invalid(`This model cannot be given a source of the type "${textOf(type)}".`)
  return filePart(textOf(data), textOf(media_type), textOf(block['title']) || undefined)
}

const resultOf = (block: Json): LanguageModelV3ToolResultOutput => {
  const { content } = block
  if (block['is_error'] === true) return { type: 'error-text', value: textsOf(content) }
  const blocks = blocksOf(content)
  if (blocks.every(({ type }) => type === 'text')) return { type: 'text', value: textsOf(content) }
  return {
    type: 'content',
    value: blocks.map((part) => {
      if (part['type'] === 'text') return { type: 'text', text: textOf(part['text']) }
      const file = sourced(part)
      if (file.type === 'text') return { type: 'text', text: file.text }
      return { type: 'image-data', data: String(file.data), mediaType: file.mediaType }
    }),
  }
}

const assistantPart = (block: Json): AssistantPart[] => {
  switch (block['type']) {
    case 'text':
      return textOf(block['text']) === '' ? [] : [textPart(textOf(block['text']))]
    case 'tool_use':
      return [
        {
          type: 'tool-call',
          toolCallId: textOf(block['id']),
          toolName: textOf(block['name']),
          input: objectOf(block['input']),
        },
      ]
    case 'thinking':
    case 'redacted_thinking':
      // Thoughts of another model mean nothing to this one.
      return []
    default:
      return invalid(`This model cannot be given a block of the type "${textOf(block['type'])}".`)
  }
}

const promptOf = (request: Json) => {
  const prompt = createPrompt()
  prompt.system(textsOf(request['system']))

  /** Results and words of one message come in their order. */
  const user = (blocks: readonly Json[]) => {
    let said: UserPart[] = []
    for (const block of blocks) {
      if (block['type'] === 'tool_result') {
        prompt.user(said)
        said = []
        prompt.toolResult(textOf(block['tool_use_id']), resultOf(block))
      } else said.push(block['type'] === 'text' ? textPart(textOf(block['text'])) : sourced(block))
    }
    prompt.user(said)
  }

  const byRole: Record<string, (content: unknown) => void> = {
    system: (content) => prompt.system(textsOf(content)),
    user: (content) => user(blocksOf(content)),
    assistant: (content) => prompt.assistant(blocksOf(content).flatMap(assistantPart)),
  }
  for (const { role, content } of objectsOf(request['messages'])) {
    const adding = byRole[textOf(role)] ?? (() => invalid(`There is no role "${textOf(role)}".`))
    adding(content)
  }
  return prompt.build()
}

const toolsOf = (tools: unknown): NeutralCall['tools'] => {
  const own = objectsOf(tools).filter(({ type }) => type === undefined || type === 'custom')
  if (own.length === 0) return undefined
  return own.map(({ name, description, input_schema }) =>
    functionTool(textOf(name), { description, schema: input_schema }),
  )
}

const CHOICES: Record<string, 'auto' | 'none' | 'required'> = { auto: 'auto', none: 'none', any: 'required' }

const toolChoiceOf = (choice: unknown): LanguageModelV3CallOptions['toolChoice'] => {
  const { type, name } = objectOf(choice)
  if (type === 'tool') return { type: 'tool', toolName: textOf(name) }
  const known = CHOICES[textOf(type)]
  return known === undefined ? undefined : { type: known }
}

const parse = (request: Json): NeutralCall => {
  if (!Array.isArray(request['messages'])) invalid('"messages" must be a list.')
  return {
    prompt: promptOf(request),
    ...given({
      maxOutputTokens: numberOf(request['max_tokens']),
      temperature: numberOf(request['temperature']),
      topP: numberOf(request['top_p']),
      topK: numberOf(request['top_k']),
      stopSequences: Array.isArray(request['stop_sequences'])
        ? listOf(request['stop_sequences']).filter((word) => typeof word === 'string')
        : undefined,
      tools: toolsOf(request['tools']),
      toolChoice: toolChoiceOf(request['tool_choice']),
    }),
  }
}

/** What was read from a cache went in too. */
const usageIn = (value: unknown): Usage => {
  const usage = objectOf(value)
  const fresh = numberOf(usage['input_tokens'])
  const cached =
    (numberOf(usage['cache_creation_input_tokens']) ?? 0) + (numberOf(usage['cache_read_input_tokens']) ?? 0)
  return { tokensIn: fresh === undefined ? undefined : fresh + cached, tokensOut: numberOf(usage['output_tokens']) }
}

const deltaText = (delta: Json): string =>
  textOf(delta['text']) + textOf(delta['partial_json']) + textOf(delta['thinking'])

const OBSERVE: Record<string, (value: Json) => Observation> = {
  // The output it tells here is only the beginning of it.
  message_start: ({ message }) => ({ usage: { tokensIn: usageIn(objectOf(message)['usage']).tokensIn } }),
  content_block_delta: ({ delta }) => ({ text: deltaText(objectOf(delta)) }),
  message_delta: ({ usage }) => ({ usage: { tokensOut: usageIn(usage).tokensOut } }),
  message_stop: () => ({ done: true }),
  message: ({ usage }) => ({ usage: usageIn(usage) }),
  error: () => ({ failed: true }),
}

export const messages: Dialect = {
  name: 'messages',
  framing: 'sse',
  wantsStream: (request) => request['stream'] === true,
  wantsUsage: () => true,
  forProvider: (request, model) => {
    guardMessages(request['messages'])
    return { ...withoutForeign(request, FOREIGN_FIELDS), model }
  },
  observe: (event) => (isJson(event) ? (OBSERVE[textOf(event['type'])]?.(event) ?? {}) : {}),
  parse: (request) => {
    guardMessages(request['messages'])
    return parse(request)
  },
  writeWhole: messagesWhole,
  writeStream: messagesStream,
  errorBody: messagesError,
  errorFrame: messagesErrorFrame,
}
