/**
 * The contract: every operation of Gantry, declared once. Window, REST, MCP and command line are derived from it.
 * It promises that names, schemas, permissions and errors are the same everywhere.
 * It never holds behaviour: that lives in core, behind routers that implement this.
 */
import type { ContractRouterClient } from '@orpc/contract'
import { access } from './access.ts'
import { agents } from './agents.ts'
import { audit } from './audit.ts'
import { catalog } from './catalog.ts'
import { events } from './events.ts'
import { runtimes } from './runtimes.ts'
import { secrets } from './secrets.ts'
import { settings } from './settings.ts'
import { system } from './system.ts'

export const contract = { agents, catalog, runtimes, secrets, system, settings, access, audit, events }
export type GantryClient = ContractRouterClient<typeof contract>

export * from './access.ts'
export * from './agent-logs.ts'
export * from './agent.ts'
export * from './agents.ts'
export * from './audit.ts'
export * from './catalog.ts'
export * from './catalogue.ts'
export * from './errors.ts'
export * from './events.ts'
export * from './example.ts'
export * from './json-schema.ts'
export * from './metrics.ts'
export * from './operation.ts'
export * from './permissions.ts'
export * from './read-value.ts'
export * from './render-logs.ts'
export * from './runtimes.ts'
export * from './secrets.ts'
export * from './settings-table.ts'
export * from './settings.ts'
export * from './system.ts'
export * from './unknown-fields.ts'
export * from './wire-errors.ts'
