/** Builds the neutral prompt, whatever shape it came in: what all of them share, each thing once. */
import type {
  JSONSchema7,
  LanguageModelV3FilePart,
  LanguageModelV3FunctionTool,
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV3ReasoningPart,
  LanguageModelV3TextPart,
  LanguageModelV3ToolCallPart,
  LanguageModelV3ToolResultOutput,
  LanguageModelV3Usage,
} from '@ai-sdk/provider'
import { CallFailure } from '../failure.ts'
import { type Json, isJson, parseJson, textOf } from '../json.ts'
import type { Usage } from '../meter.ts'

export type UserPart = LanguageModelV3TextPart | LanguageModelV3FilePart
export type AssistantPart = LanguageModelV3TextPart | LanguageModelV3ReasoningPart | LanguageModelV3ToolCallPart

export const invalid = (message: string): never => {
  throw new CallFailure('request', message)
}

export const textPart = (text: string): LanguageModelV3TextPart => ({ type: 'text', text })

const DATA_URL = /^data:([^;,]+)(?:;[^,]*)?;base64,/

/** A file that came as a `data:` address, or as bare base64 whose kind is known otherwise. */
export const filePart = (data: string, mediaType?: string, filename?: string): LanguageModelV3FilePart => {
  const match = DATA_URL.exec(data.slice(0, 200))
  if (match === null && mediaType === undefined) {
    return invalid('A picture must be given as a data: address with its bytes in base64.')
  }
  return {
    type: 'file',
    mediaType: match?.[1] ?? mediaType ?? 'application/octet-stream',
    data: match === null ? data : data.slice(match[0].length),
    ...(filename === undefined ? {} : { filename }),
  }
}

/** Tools want an object; a model that wrote something else is told by the tool's own check. */
export const argumentsOf = (text: string): Json => {
  const value = parseJson(text)
  return isJson(value) ? value : {}
}

export const functionTool = (
  name: string,
  { description, schema, strict }: { description: unknown; schema: unknown; strict?: unknown },
): LanguageModelV3FunctionTool => ({
  type: 'function',
  name,
  inputSchema: isJson(schema) ? (schema as JSONSchema7) : { type: 'object', properties: {} },
  ...(textOf(description) === '' ? {} : { description: textOf(description) }),
  ...(typeof strict === 'boolean' ? { strict } : {}),
})

export const createPrompt = () => {
  const prompt: LanguageModelV3Message[] = []
  const toolNames = new Map<string, string>()

  const assistant = (parts: readonly AssistantPart[]) => {
    if (parts.length === 0) return
    for (const part of parts) if (part.type === 'tool-call') toolNames.set(part.toolCallId, part.toolName)
    const last = prompt.at(-1)
    // Shapes that tell an answer in several items: the libraries want it as one message.
    if (last?.role === 'assistant') last.content.push(...parts)
    else prompt.push({ role: 'assistant', content: [...parts] })
  }

  const toolResult = (toolCallId: string, output: LanguageModelV3ToolResultOutput, toolName?: string) => {
    const part = {
      type: 'tool-result' as const,
      toolCallId,
      toolName: toolNames.get(toolCallId) ?? toolName ?? 'unknown',
      output,
    }
    const last = prompt.at(-1)
    if (last?.role === 'tool') last.content.push(part)
    else prompt.push({ role: 'tool', content: [part] })
  }

  return {
    system: (text: string) => {
      if (text === '') return
      // Only at the beginning do all providers take it as such.
      if (prompt.every(({ role }) => role === 'system')) prompt.push({ role: 'system', content: text })
      else prompt.push({ role: 'user', content: [textPart(`<system>\n${text}\n</system>`)] })
    },
    user: (parts: readonly UserPart[]) => {
      const said = parts.filter((part) => part.type !== 'text' || part.text !== '')
      if (said.length > 0) prompt.push({ role: 'user', content: said })
    },
    assistant,
    toolResult,
    build: (): LanguageModelV3Prompt => {
      if (prompt.every(({ role }) => role === 'system')) invalid('There is no message to answer.')
      return prompt
    },
  }
}

export const usageOf = ({ inputTokens, outputTokens }: LanguageModelV3Usage): Usage => ({
  tokensIn: inputTokens.total,
  tokensOut: outputTokens.total,
})

/** Only what is given: the libraries take `undefined` for a wish. */
export const given = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
