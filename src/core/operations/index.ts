/**
 * Owns what happens around every operation, so that no handler repeats it: error shape, measures, permission,
 * rate limit, audit, unknown input. Promises the same treatment on every surface.
 * Never knows an operation by name: it reads what each says about itself in the contract.
 */
import { implement } from '@orpc/server'
import { contract } from '../../contract/index.ts'
import { type AroundDeps, auditChanges, errorsAndMeasures, permissionAndRate } from './around.ts'
import type { CallContext } from './context.ts'
import { refuseUnknownFields } from './input.ts'

export { type CallContext, actorOf } from './context.ts'
export type { AroundDeps } from './around.ts'
export { refuseUnknownFields } from './input.ts'
export { assertRate } from './rate.ts'

export const createOs = (deps: AroundDeps) =>
  implement(contract)
    .$context<CallContext>()
    .use(errorsAndMeasures(deps))
    .use(permissionAndRate(deps))
    .use(auditChanges(deps))
    .use(refuseUnknownFields())

/** What a domain implements its part of the contract with. */
export type Os = ReturnType<typeof createOs>
