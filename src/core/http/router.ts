import type { Router } from '@orpc/server'
import type { CallContext } from '../operations/index.ts'

/** The contract's router as oRPC's handlers ask for it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type ApiRouter = Router<any, CallContext>
