/** The way to the core: a port that the preload hands over, or HTTP. A restarted core is found again. */
import type { ClientLink } from '@orpc/client'
import { RPCLink as FetchLink } from '@orpc/client/fetch'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { fromHttpBody } from './errors.ts'
import { session } from './session.ts'
import { createStore } from './ui/store.ts'

export type Link = ClientLink<Record<never, never>>

export type ConnectionState = 'connecting' | 'open' | 'lost'
export const connection = createStore<ConnectionState>('connecting')

/** Asked again while no port comes: a core that is just starting cannot answer the first time. */
const ASK_AGAIN_MS = 3000

const portLink = (): Link => {
  let next = Promise.withResolvers<Link>()
  let current: MessagePort | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const ask = () => {
    clearTimeout(timer)
    window.postMessage('gantry:connect', '*')
    timer = setTimeout(ask, ASK_AGAIN_MS)
  }

  const take = (port: MessagePort) => {
    clearTimeout(timer)
    current = port
    const link: Link = new PortLink({ port })
    port.addEventListener('close', () => {
      if (current !== port) return
      current = undefined
      next = Promise.withResolvers<Link>()
      connection.set('lost')
      ask()
    })
    port.start()
    next.resolve(link)
  }

  window.addEventListener('message', (message) => {
    const [port] = message.ports
    if (message.source !== window || message.data !== 'gantry:port' || port === undefined) return
    // One that comes while another works (it was asked for twice) is not needed.
    if (current === undefined) take(port)
  })
  ask()
  return { call: async (path, input, options) => (await next.promise).call(path, input, options) }
}

/** What is refused before it reaches an operation (a bad key, too many requests) comes in the plain form of REST. */
const fetchOrRefusal = async (request: Request, init: RequestInit): Promise<Response> => {
  const response = await fetch(request, init)
  if (response.ok) return response
  const refusal = fromHttpBody(
    response.status,
    await response
      .clone()
      .json()
      .catch(() => undefined),
  )
  if (refusal !== undefined) throw refusal
  return response
}

export const fetchLink = (tokenOf: () => string | null): Link =>
  new FetchLink({
    url: `${location.origin}/rpc`,
    fetch: fetchOrRefusal,
    headers: () => {
      const token = tokenOf()
      return { 'x-gantry-surface': 'dashboard', ...(token === null ? {} : { authorization: `Bearer ${token}` }) }
    },
  })

export const openLink = (surface: 'window' | 'dashboard'): Link =>
  surface === 'window' ? portLink() : fetchLink(() => session.get().token)
