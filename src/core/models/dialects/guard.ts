/**
 * What a box must not have done for it elsewhere: a provider that fetches addresses or runs tools is a way out of a box
 * without network. Tools that the program itself runs go through; the provider's own are left out, addresses refused.
 */
import { CallFailure } from '../failure.ts'
import { type Json, isJson, objectOf, objectsOf, textOf } from '../json.ts'

const refuse = (what: string): never => {
  throw new CallFailure('request', `${what} by its address is not fetched for an agent. Send its bytes instead.`)
}

const refuseAddress = (value: unknown, what: string) => {
  if (/^https?:/i.test(textOf(value).trim())) refuse(what)
}

/** Parts of a message in any of the shapes, those of a tool's result included. */
const guardPart = (part: Json) => {
  const image = part['image_url']
  refuseAddress(isJson(image) ? image['url'] : image, 'A picture')
  refuseAddress(part['file_url'], 'A file')
  const source = objectOf(part['source'])
  if (source['type'] === 'url') refuse(part['type'] === 'document' ? 'A document' : 'A picture')
  for (const inner of ['content', 'output'] as const) for (const deeper of objectsOf(part[inner])) guardPart(deeper)
}

export const guardMessages = (messages: unknown) => {
  for (const message of objectsOf(messages)) guardPart(message)
}

/** Run by the program that asked, or looking through its own list of tools; dated names are Anthropic's. */
const OWN_TOOLS =
  /^(function|custom|local_shell|apply_patch|computer(_use_preview)?|tool_search|(bash|text_editor|computer|memory|tool_search_tool_(regex|bm25))_\d+)$/

/** A shell is the program's own unless it asks for a container of the provider's. */
const isOwnShell = ({ type, environment }: Json): boolean =>
  type === 'shell' && (environment === undefined || objectOf(environment)['type'] === 'local')

const ownTools = (tools: unknown): Json[] =>
  objectsOf(tools).flatMap((tool) => {
    const { type } = tool
    if (type === undefined || OWN_TOOLS.test(textOf(type)) || isOwnShell(tool)) return [tool]
    return type === 'namespace' ? [{ ...tool, tools: ownTools(tool['tools']) }] : []
  })

/** Without those fields, and without the tools, that would have the work done elsewhere. */
export const withoutForeign = (request: Json, fields: readonly string[]): Json => {
  const kept = Object.fromEntries(Object.entries(request).filter(([name]) => !fields.includes(name)))
  if (!Array.isArray(kept['tools'])) return kept
  const tools = ownTools(kept['tools'])
  if (tools.length > 0) return { ...kept, tools }
  const { tools: _, tool_choice: __, ...rest } = kept
  return rest
}
