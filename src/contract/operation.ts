/**
 * What every operation says about itself beyond its schemas. All four surfaces are derived from this:
 * they read it, none of them knows an operation by name.
 */
import { type Route, oc } from '@orpc/contract'
import type { z } from 'zod'
import { ErrorBody } from './errors.ts'
import type { Permission } from './permissions.ts'

/** `destructive` loses something that cannot be brought back; people are asked first, agents are told. */
export type Effect = 'read' | 'write' | 'destructive'

/** Some outputs are texts by nature. REST, the command line and MCP then show this instead of JSON. */
export interface TextForm {
  mediaType: string
  render: (output: never) => string
}

/** How the command line takes the input and shows the output; both have good defaults. */
export interface CliHints {
  /** Input fields taken by position instead of as `--name value`. */
  positional?: readonly string[]
  /** Columns of the table, where the output holds `items`. */
  columns?: readonly string[]
  /** The stream that `--follow` (`-f`) turns this operation into; it takes the fields that both have. */
  follow?: string
  /** Not worth starting Gantry for, where none runs. */
  onlyRunning?: boolean
}

export interface OperationMeta {
  /** `public` needs no key at all. */
  permission: Permission | 'public'
  effect: Effect
  /** Whether agents see it as a tool. */
  mcp?: boolean
  cli?: CliHints
  text?: TextForm
  /** May happen even where it cannot be recorded: what one needs most when the disk is full. */
  unrecorded?: boolean
  /** Input and output fields that are never audited, logged or shown again. */
  secret?: readonly string[]
}

const DEFAULT_META: OperationMeta = { permission: 'system:read', effect: 'read', mcp: true }

const base = oc.$meta<OperationMeta>(DEFAULT_META)

interface OperationRoute extends Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: `/${string}`
  /** A sentence or two: the OpenAPI description, the tool description and the help text. */
  description: string
}

export const operation = (summary: string, route: OperationRoute, meta: OperationMeta) =>
  base.route({ ...route, summary }).meta({ mcp: true, ...meta })

/** Gives a text form its type: the compiler checks `render` against the output it will be given. */
export const textForm = <S extends z.ZodType>(
  _output: S,
  mediaType: string,
  render: (output: z.infer<S>) => string,
): TextForm => ({ mediaType, render })

export { ErrorBody }
