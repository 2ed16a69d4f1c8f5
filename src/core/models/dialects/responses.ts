/** OpenAI's responses: what asks, and what of a provider's answer concerns us. */
import type { LanguageModelV3CallOptions, LanguageModelV3ToolResultOutput } from '@ai-sdk/provider'
import { type Json, isJson, numberOf, objectOf, objectsOf, textOf } from '../json.ts'
import { guardMessages, withoutForeign } from './guard.ts'
import { openaiError } from './openai-error.ts'
import { type UserPart, argumentsOf, createPrompt, filePart, functionTool, given, invalid, textPart } from './prompt.ts'
import { responsesError, responsesStream, responsesWhole } from './responses-answer.ts'
import type { Dialect, NeutralCall, Observation } from './types.ts'

/** They cost more, answer after we stopped listening, or bring instructions and tools from the account. */
const FOREIGN_FIELDS = ['service_tier', 'background', 'prompt']

const userPart = (part: Json): UserPart => {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return textPart(textOf(part['text']))
    case 'input_image':
      return filePart(textOf(part['image_url']))
    case 'input_file':
      return filePart(textOf(part['file_data']), undefined, textOf(part['filename']) || undefined)
    default:
      return invalid(`This model cannot be given content of the type "${textOf(part['type'])}".`)
  }
}

const textsOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : objectsOf(content)
        .map((part) => textOf(part['text']) || textOf(part['refusal']))
        .join('')

const userParts = (content: unknown): UserPart[] =>
  typeof content === 'string' ? [textPart(content)] : objectsOf(content).map(userPart)

const resultOf = (output: unknown): LanguageModelV3ToolResultOutput => {
  const pictures = objectsOf(output).filter((part) => part['type'] === 'input_image')
  if (pictures.length === 0) return { type: 'text', value: textsOf(output) }
  const files = pictures.map((part) => filePart(textOf(part['image_url'])))
  return {
    type: 'content',
    value: [
      { type: 'text', text: textsOf(output) },
      ...files.map(({ data, mediaType }) => ({ type: 'image-data' as const, data: String(data), mediaType })),
    ],
  }
}

const promptOf = (request: Json) => {
  const prompt = createPrompt()
  prompt.system(textOf(request['instructions']))
  const byRole: Record<string, (item: Json) => void> = {
    system: ({ content }) => prompt.system(textsOf(content)),
    developer: ({ content }) => prompt.system(textsOf(content)),
    user: ({ content }) => prompt.user(userParts(content)),
    assistant: ({ content }) => {
      const text = textsOf(content)
      if (text !== '') prompt.assistant([textPart(text)])
    },
  }
  const call = (item: Json, input: Json) =>
    prompt.assistant([
      { type: 'tool-call', toolCallId: textOf(item['call_id']), toolName: textOf(item['name']), input },
    ])
  const result = ({ call_id, output }: Json) => prompt.toolResult(textOf(call_id), resultOf(output))
  const byType: Record<string, (item: Json) => void> = {
    message: (item) => {
      const adding = byRole[textOf(item['role'])] ?? (() => invalid(`There is no role "${textOf(item['role'])}".`))
      adding(item)
    },
    function_call: (item) => call(item, argumentsOf(textOf(item['arguments']))),
    custom_tool_call: (item) => call(item, { input: textOf(item['input']) }),
    function_call_output: result,
    custom_tool_call_output: result,
    // Thoughts of another model mean nothing to this one.
    reasoning: () => undefined,
  }
  const { input } = request
  if (typeof input === 'string') prompt.user([textPart(input)])
  for (const item of objectsOf(input)) {
    const type = textOf(item['type']) || 'message'
    const adding = byType[type] ?? (() => invalid(`This model cannot be given an item of the type "${type}".`))
    adding(item)
  }
  return prompt.build()
}

const toolsOf = (tools: unknown): NeutralCall['tools'] => {
  const known = objectsOf(tools).flatMap((tool) => {
    const name = textOf(tool['name'])
    const { description } = tool
    if (tool['type'] === 'function') {
      return [functionTool(name, { description, schema: tool['parameters'], strict: tool['strict'] })]
    }
    if (tool['type'] !== 'custom') return []
    const schema = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] }
    return [functionTool(name, { description, schema })]
  })
  return known.length === 0 ? undefined : known
}

const toolChoiceOf = (choice: unknown): LanguageModelV3CallOptions['toolChoice'] => {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice }
  const name = textOf(objectOf(choice)['name'])
  return name === '' ? undefined : { type: 'tool', toolName: name }
}

const formatOf = (text: unknown): LanguageModelV3CallOptions['responseFormat'] => {
  const { type, schema, name } = objectOf(objectOf(text)['format'])
  if (type === 'json_object') return { type: 'json' }
  if (type !== 'json_schema') return undefined
  return { type: 'json', ...(isJson(schema) ? { schema } : {}), ...given({ name: textOf(name) || undefined }) }
}

const parse = (request: Json): NeutralCall => {
  if (typeof request['previous_response_id'] === 'string' || request['conversation'] !== undefined) {
    invalid('This model keeps no conversations: send all of it in "input", with "store": false.')
  }
  return {
    prompt: promptOf(request),
    ...given({
      maxOutputTokens: numberOf(request['max_output_tokens']),
      temperature: numberOf(request['temperature']),
      topP: numberOf(request['top_p']),
      responseFormat: formatOf(request['text']),
      tools: toolsOf(request['tools']),
      toolChoice: toolChoiceOf(request['tool_choice']),
    }),
  }
}

const usageIn = (response: Json): Observation => {
  const { usage } = response
  if (!isJson(usage)) return {}
  return { usage: { tokensIn: numberOf(usage['input_tokens']), tokensOut: numberOf(usage['output_tokens']) } }
}

const ENDS = ['response.completed', 'response.incomplete']
const FAILURES = ['error', 'response.failed']

const observe = (event: unknown): Observation => {
  const value = objectOf(event)
  const type = textOf(value['type'])
  if (FAILURES.includes(type)) return { failed: true }
  if (ENDS.includes(type)) return { ...usageIn(objectOf(value['response'])), done: true }
  if (type.endsWith('.delta')) return { text: textOf(value['delta']) }
  // A whole answer has no type; one that failed says so.
  if (value['object'] === 'response') return value['status'] === 'failed' ? { failed: true } : usageIn(value)
  return {}
}

export const responses: Dialect = {
  name: 'responses',
  framing: 'sse',
  wantsStream: (request) => request['stream'] === true,
  // It tells the usage always, as part of what everybody gets.
  wantsUsage: () => true,
  forProvider: (request, model) => {
    guardMessages(request['input'])
    return { ...withoutForeign(request, FOREIGN_FIELDS), model }
  },
  observe,
  parse: (request) => {
    guardMessages(request['input'])
    return parse(request)
  },
  writeWhole: responsesWhole,
  writeStream: responsesStream,
  errorBody: openaiError,
  errorFrame: responsesError,
}
