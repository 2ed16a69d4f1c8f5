/** The one typed client of the contract, and its bindings for queries. */
import { createORPCClient } from '@orpc/client'
import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import type { GantryClient } from '../contract/index.ts'
import { openLink } from './connection.ts'
import { surface } from './surface.ts'

export const client: GantryClient = createORPCClient(openLink(surface))
export const rpc = createTanstackQueryUtils(client)
