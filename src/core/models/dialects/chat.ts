/** OpenAI's chat completions: what asks, and what of a provider's answer concerns us. */
import type { LanguageModelV3CallOptions } from '@ai-sdk/provider'
import { type Json, isJson, numberOf, objectOf, objectsOf, textOf } from '../json.ts'
import { guardMessages, withoutForeign } from './guard.ts'
import { chatStream, chatWhole } from './chat-answer.ts'
import { openaiError } from './openai-error.ts'
import {
  type AssistantPart,
  type UserPart,
  argumentsOf,
  createPrompt,
  filePart,
  functionTool,
  given,
  invalid,
  textPart,
} from './prompt.ts'
import type { Dialect, NeutralCall, Observation } from './types.ts'

/** They cost more, answer later, or search elsewhere. */
const FOREIGN_FIELDS = ['service_tier', 'web_search_options', 'store']

const textsOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : objectsOf(content)
        .map((part) => textOf(part['text']) || textOf(part['refusal']))
        .join('')

const userPart = (part: Json): UserPart => {
  if (part['type'] === 'text') return textPart(textOf(part['text']))
  if (part['type'] === 'image_url') return filePart(textOf(objectOf(part['image_url'])['url']))
  const file = objectOf(part['file'])
  if (part['type'] === 'file' && textOf(file['file_data']) !== '') {
    return filePart(textOf(file['file_data']), undefined, textOf(file['filename']) || undefined)
  }
  return invalid(`This model cannot be given content of the type "${textOf(part['type'])}".`)
}

const userParts = (content: unknown): UserPart[] =>
  typeof content === 'string' ? [textPart(content)] : objectsOf(content).map(userPart)

const assistantParts = (message: Json): AssistantPart[] => {
  const text = textsOf(message['content'])
  const calls = objectsOf(message['tool_calls']).map((call): AssistantPart => {
    const made = objectOf(call['function'])
    return {
      type: 'tool-call',
      toolCallId: textOf(call['id']),
      toolName: textOf(made['name']),
      input: argumentsOf(textOf(made['arguments'])),
    }
  })
  return [...(text === '' ? [] : [textPart(text)]), ...calls]
}

const promptOf = (messages: unknown) => {
  const prompt = createPrompt()
  const add: Record<string, (message: Json) => void> = {
    system: ({ content }) => prompt.system(textsOf(content)),
    developer: ({ content }) => prompt.system(textsOf(content)),
    user: ({ content }) => prompt.user(userParts(content)),
    assistant: (message) => prompt.assistant(assistantParts(message)),
    tool: ({ tool_call_id, content }) =>
      prompt.toolResult(textOf(tool_call_id), { type: 'text', value: textsOf(content) }),
  }
  for (const message of objectsOf(messages)) {
    const role = textOf(message['role'])
    const adding = add[role] ?? (() => invalid(`There is no role "${role}".`))
    adding(message)
  }
  return prompt.build()
}

const toolChoiceOf = (choice: unknown): LanguageModelV3CallOptions['toolChoice'] => {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice }
  const name = textOf(objectOf(objectOf(choice)['function'])['name'])
  return name === '' ? undefined : { type: 'tool', toolName: name }
}

const formatOf = (format: unknown): LanguageModelV3CallOptions['responseFormat'] => {
  const { type, json_schema } = objectOf(format)
  if (type === 'json_object') return { type: 'json' }
  if (type !== 'json_schema') return undefined
  const { schema, name } = objectOf(json_schema)
  return { type: 'json', ...(isJson(schema) ? { schema } : {}), ...given({ name: textOf(name) || undefined }) }
}

const stopsOf = (stop: unknown): string[] | undefined => {
  if (typeof stop === 'string') return [stop]
  return Array.isArray(stop) ? stop.filter((word) => typeof word === 'string') : undefined
}

export const toolsOf = (tools: unknown): NeutralCall['tools'] => {
  const functions = objectsOf(tools)
    .filter((tool) => tool['type'] === 'function')
    .map((tool) => objectOf(tool['function']))
    .map(({ name, description, parameters, strict }) =>
      functionTool(textOf(name), { description, schema: parameters, strict }),
    )
  return functions.length === 0 ? undefined : functions
}

const parse = (request: Json): NeutralCall => {
  if (!Array.isArray(request['messages'])) invalid('"messages" must be a list.')
  if ((numberOf(request['n']) ?? 1) > 1) invalid('This model gives one answer at a time: "n" must be 1.')
  return {
    prompt: promptOf(request['messages']),
    ...given({
      maxOutputTokens: numberOf(request['max_completion_tokens']) ?? numberOf(request['max_tokens']),
      temperature: numberOf(request['temperature']),
      topP: numberOf(request['top_p']),
      presencePenalty: numberOf(request['presence_penalty']),
      frequencyPenalty: numberOf(request['frequency_penalty']),
      seed: numberOf(request['seed']),
      stopSequences: stopsOf(request['stop']),
      responseFormat: formatOf(request['response_format']),
      tools: toolsOf(request['tools']),
      toolChoice: toolChoiceOf(request['tool_choice']),
    }),
  }
}

const saidIn = (message: Json): string =>
  [
    textOf(message['content']),
    textOf(message['reasoning_content']),
    textOf(message['reasoning']),
    ...objectsOf(message['tool_calls']).map((call) => {
      const made = objectOf(call['function'])
      return textOf(made['name']) + textOf(made['arguments'])
    }),
  ].join('')

/** The same for a chunk of a stream and for a whole answer. */
const observe = (event: unknown): Observation => {
  const answer = objectOf(event)
  if (isJson(answer['error'])) return { failed: true }
  const choices = objectsOf(answer['choices'])
  const text = choices.map((choice) => saidIn(objectOf(choice['delta'] ?? choice['message']))).join('')
  // Some servers leave out the last word of the stream, none the reason why it ends.
  const ending = choices.some((choice) => textOf(choice['finish_reason']) !== '') ? { done: true as const } : {}
  const { usage } = answer
  if (!isJson(usage)) return { text, ...ending }
  const tokens = { tokensIn: numberOf(usage['prompt_tokens']), tokensOut: numberOf(usage['completion_tokens']) }
  return { text, ...ending, usage: tokens, ...(choices.length === 0 ? { onlyUsage: true } : {}) }
}

const wantsStream = (request: Json) => request['stream'] === true

export const chat: Dialect = {
  name: 'chat',
  framing: 'sse',
  wantsStream,
  wantsUsage: (request) => objectOf(request['stream_options'])['include_usage'] === true,
  forProvider: (request, model) => {
    guardMessages(request['messages'])
    const kept = { ...withoutForeign(request, FOREIGN_FIELDS), model }
    if (!wantsStream(request)) return kept
    return { ...kept, stream_options: { ...objectOf(request['stream_options']), include_usage: true } }
  },
  observe,
  parse: (request) => {
    guardMessages(request['messages'])
    return parse(request)
  },
  writeWhole: chatWhole,
  writeStream: chatStream,
  errorBody: openaiError,
  errorFrame: (failure) => `data: ${JSON.stringify(openaiError(failure))}\n\n`,
}
