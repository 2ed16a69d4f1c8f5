/** The contract's client over the owner-only socket. */
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import type { GantryClient } from '../contract/index.ts'
import type { Endpoint } from '../core/endpoint/index.ts'
import { socketFetch } from '../core/endpoint/index.ts'

export const createClient = (endpoint: Endpoint): GantryClient => {
  const fetch = socketFetch(endpoint)
  return createORPCClient(
    new RPCLink({
      url: 'http://gantry/rpc',
      headers: { 'x-gantry-surface': 'cli' },
      fetch: (request, init) => fetch(request, init),
    }),
  )
}
