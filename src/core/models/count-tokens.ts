/** How many tokens a request would be: Anthropic is asked, which costs nothing; for others it is estimated. */
import type { InsideHttpRequest, InsideHttpResponse } from '../wire/index.ts'
import { failureResponse, jsonResponse, requestBody } from './answer.ts'
import { chainFor } from './choose.ts'
import { messages } from './dialects/messages.ts'
import { tokensOfRequest } from './estimate.ts'
import { toFailure } from './failure.ts'
import { textOf } from './json.ts'
import { outgoingFor } from './native.ts'
import { reachOf } from './providers.ts'
import { type Send, readAll } from './transport.ts'
import type { ModelCaller, ModelsDeps } from './types.ts'

export const countTokens = async (
  request: InsideHttpRequest,
  caller: ModelCaller,
  deps: Pick<ModelsDeps, 'catalog' | 'secret' | 'now'> & { send: Send; signal: AbortSignal },
): Promise<InsideHttpResponse> => {
  let title = 'The provider'
  try {
    const body = requestBody(request)
    const [target] = chainFor(textOf(body['model']), deps.catalog(), caller)
    if (target === undefined) throw new Error('a chain without a model')
    title = target.provider.title
    const remote = await reachOf(target, deps)
    const path = remote?.kind.native.messages
    if (remote === undefined || path === undefined) {
      return jsonResponse(200, { input_tokens: Math.ceil(tokensOfRequest(body)) })
    }
    const asked = messages.forProvider(body, target.model.name)
    const wanted = { headers: request.headers, now: deps.now }
    const upstream = await deps.send(outgoingFor(remote, wanted, `${path}/count_tokens`, asked), deps.signal)
    return jsonResponse(200, await readAll(upstream.body))
  } catch (thrown) {
    return failureResponse(toFailure(thrown, title), messages.errorBody)
  }
}
