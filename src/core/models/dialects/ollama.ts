/** Ollama's chat and generate: what asks, and what of a provider's answer concerns us. */
import type { LanguageModelV3CallOptions } from '@ai-sdk/provider'
import { type Json, isJson, listOf, numberOf, objectOf, objectsOf, textOf } from '../json.ts'
import { toolsOf } from './chat.ts'
import { guardMessages } from './guard.ts'
import { ollamaError, ollamaErrorFrame, ollamaStream, ollamaWhole } from './ollama-answer.ts'
import { type AssistantPart, type UserPart, createPrompt, filePart, given, invalid, textPart } from './prompt.ts'
import type { Dialect, NeutralCall, Observation } from './types.ts'

const pictures = (images: unknown): UserPart[] =>
  listOf(images)
    .filter((image) => typeof image === 'string')
    .map((image) => filePart(image, 'image/png'))

const settingsOf = (request: Json): Partial<NeutralCall> => {
  const options = objectOf(request['options'])
  const { format } = request
  const stop = options['stop']
  const limit = numberOf(options['num_predict'])
  let responseFormat: LanguageModelV3CallOptions['responseFormat']
  if (format === 'json') responseFormat = { type: 'json' }
  if (isJson(format)) responseFormat = { type: 'json', schema: format }
  return given({
    // Below zero stands for "without end".
    maxOutputTokens: limit !== undefined && limit > 0 ? limit : undefined,
    temperature: numberOf(options['temperature']),
    topP: numberOf(options['top_p']),
    topK: numberOf(options['top_k']),
    seed: numberOf(options['seed']),
    stopSequences: Array.isArray(stop) ? listOf(stop).filter((word) => typeof word === 'string') : undefined,
    responseFormat,
    tools: toolsOf(request['tools']),
  })
}

const chatPrompt = (messages: unknown) => {
  const prompt = createPrompt()
  /** Calls have no ids of their own in older versions: results follow in the order of the calls. */
  const open: { id: string; name: string }[] = []
  let count = 0

  const callPart = (call: Json): AssistantPart => {
    const made = objectOf(call['function'])
    const name = textOf(made['name'])
    const id = textOf(call['id']) || `call_${count}`
    count += 1
    open.push({ id, name })
    return { type: 'tool-call', toolCallId: id, toolName: name, input: objectOf(made['arguments']) }
  }
  const takeOpen = (message: Json): { id: string; name: string } => {
    const id = textOf(message['tool_call_id'])
    const name = textOf(message['tool_name'])
    const index = open.findIndex((call) => (id === '' ? name === '' || call.name === name : call.id === id))
    const [found] = index === -1 ? [] : open.splice(index, 1)
    return found ?? { id: id || `call_${count}`, name }
  }

  const byRole: Record<string, (message: Json) => void> = {
    system: ({ content }) => prompt.system(textOf(content)),
    user: ({ content, images }) => prompt.user([textPart(textOf(content)), ...pictures(images)]),
    assistant: ({ content, tool_calls }) => {
      const text = textOf(content)
      prompt.assistant([...(text === '' ? [] : [textPart(text)]), ...objectsOf(tool_calls).map(callPart)])
    },
    tool: (message) => {
      const { id, name } = takeOpen(message)
      prompt.toolResult(id, { type: 'text', value: textOf(message['content']) }, name)
    },
  }
  for (const message of objectsOf(messages)) {
    const role = textOf(message['role'])
    const adding = byRole[role] ?? (() => invalid(`There is no role "${role}".`))
    adding(message)
  }
  return prompt.build()
}

const parseChat = (request: Json): NeutralCall => {
  if (!Array.isArray(request['messages'])) invalid('"messages" must be a list.')
  guardMessages(request['messages'])
  return { prompt: chatPrompt(request['messages']), ...settingsOf(request) }
}

const parseGenerate = (request: Json): NeutralCall => {
  const prompt = createPrompt()
  prompt.system(textOf(request['system']))
  prompt.user([textPart(textOf(request['prompt'])), ...pictures(request['images'])])
  return { prompt: prompt.build(), ...settingsOf(request) }
}

const saidIn = (answer: Json): string => {
  const message = objectOf(answer['message'])
  const calls = objectsOf(message['tool_calls'])
  return [
    textOf(answer['response']),
    textOf(answer['thinking']),
    textOf(message['content']),
    textOf(message['thinking']),
    calls.length === 0 ? '' : JSON.stringify(calls),
  ].join('')
}

const observe = (event: unknown): Observation => {
  const answer = objectOf(event)
  if (answer['error'] !== undefined) return { failed: true }
  const text = saidIn(answer)
  if (answer['done'] !== true) return { text }
  return {
    text,
    done: true,
    usage: { tokensIn: numberOf(answer['prompt_eval_count']), tokensOut: numberOf(answer['eval_count']) },
  }
}

const shared = {
  framing: 'ndjson',
  wantsStream: (request: Json) => request['stream'] !== false,
  wantsUsage: () => true,
  forProvider: (request: Json, model: string): Json => ({ ...request, model }),
  observe,
  errorBody: ollamaError,
  errorFrame: ollamaErrorFrame,
} as const

/** Without anything to say, a model is only to be made ready: it is. */
const loaded = (request: Json, at: Date, said: Json): Json => ({
  model: textOf(request['model']),
  created_at: at.toISOString(),
  ...said,
  done: true,
  done_reason: 'load',
})

export const ollamaChat: Dialect = {
  ...shared,
  name: 'ollama-chat',
  answerWithoutModel: (request, at) =>
    Array.isArray(request['messages']) && request['messages'].length === 0
      ? loaded(request, at, { message: { role: 'assistant', content: '' } })
      : undefined,
  parse: parseChat,
  writeWhole: ollamaWhole('chat'),
  writeStream: ollamaStream('chat'),
}

export const ollamaGenerate: Dialect = {
  ...shared,
  name: 'ollama-generate',
  answerWithoutModel: (request, at) =>
    textOf(request['prompt']) === '' && listOf(request['images']).length === 0
      ? loaded(request, at, { response: '' })
      : undefined,
  parse: parseGenerate,
  writeWhole: ollamaWhole('generate'),
  writeStream: ollamaStream('generate'),
}
