/**
 * What every operation says about itself beyond its schemas. All four surfaces are derived from this:
 * they read it, none of them knows an operation by name.
 */
import { type Route, oc } from '@orpc/contract'
import type { z } from 'zod'
import { ErrorBody, type ErrorCode } from './errors.ts'
import type { Permission } from './permissions.ts'

/** `destructive` loses something that cannot be brought back; people are asked first, agents are told. */
export type Effect = 'read' | 'write' | 'destructive'

/** Some outputs are texts by nature: the command line shows this, of a stream for each item. */
export interface TextForm {
  /** What REST and MCP answer with as well, instead of JSON; with null it is for terminals only. */
  mediaType: string | null
  render: (output: never) => string
  /** The same, exact to the byte: what goes into a pipe or a file. */
  bytes?: (output: never) => Uint8Array
}

/** How a stream goes on after it broke off, where its items tell how far it came. */
export interface Resume {
  /** The input field that takes the place to go on from. */
  field: string
  cursor: (item: never) => number | undefined
  /** Input fields that said where to begin, which is over then. */
  instead?: readonly string[]
}

/** How the command line takes the input and shows the output; both have good defaults. */
export interface CliHints {
  /** Input fields taken by position instead of as `--name value`. */
  positional?: readonly string[]
  /** Columns of the table, where the output holds `items`. */
  columns?: readonly string[]
  /** The stream that `--follow` (`-f`) turns this operation into; it takes the fields that both have. */
  follow?: string
  /** Fields with a path of this machine, such as `workspace.path`: a relative one is meant from where the caller stands. */
  paths?: readonly string[]
  /** The error whose exit code the command ends with although there is an answer, if the answer is no success. */
  failure?: (output: never) => ErrorCode | undefined
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
  resume?: Resume
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

/** These give hints their types: the compiler checks the function against the output it will be given. */
export const textForm = <S extends z.ZodType>(
  _output: S,
  mediaType: string | null,
  render: (output: z.infer<S>) => string,
  bytes?: (output: z.infer<S>) => Uint8Array,
): TextForm => ({ mediaType, render, ...(bytes === undefined ? {} : { bytes }) })

export const resumeFrom = <S extends z.ZodType>(
  _item: S,
  resume: Omit<Resume, 'cursor'> & { cursor: (item: z.infer<S>) => number | undefined },
): Resume => resume

export const failureOf = <S extends z.ZodType>(
  _output: S,
  failure: (output: z.infer<S>) => ErrorCode | undefined,
): NonNullable<CliHints['failure']> => failure

/** The input with which a stream that came as far as the cursor goes on. */
export const resumedInput = (
  { field, instead = [] }: Resume,
  input: Record<string, unknown>,
  cursor: number | undefined,
): Record<string, unknown> =>
  cursor === undefined
    ? input
    : { ...Object.fromEntries(Object.entries(input).filter(([name]) => !instead.includes(name))), [field]: cursor }

export { ErrorBody }
