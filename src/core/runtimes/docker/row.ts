/** What a row of the profile is made of, and how values of the engine are read and shown. */
import type Docker from 'dockerode'
import { isDeepStrictEqual } from 'node:util'
import type { BoxSpec, IsolationCheck } from '../types.ts'

export type Product = 'Docker' | 'Podman'

export interface Wanted {
  product: Product
  spec: BoxSpec
  command: readonly string[]
  /** The profile of system calls: as JSON text, or for Podman the file that it lies in. */
  seccomp: string
}

/** What the types of the library leave out. */
type HostConfig = Docker.HostConfig & { CgroupnsMode?: string }
export type Draft = Omit<Docker.ContainerCreateOptions, 'HostConfig'> & { HostConfig: HostConfig }
export type Inspected = Docker.ContainerInspectInfo & { HostConfig: HostConfig }

export interface Row {
  name: string
  set: (draft: Draft, wanted: Wanted) => void
  /** Undefined when all is as it should be, else what it should be and what it is. */
  differs: (inspected: Inspected, wanted: Wanted) => { wanted: unknown; found: unknown } | undefined
  check: (inspected: Inspected) => IsolationCheck
  /** Whether it can change while a box lives. */
  changes: boolean
  /** The one product that tells it; the kernel tells of the others, where it can be asked. */
  only: Product | undefined
}

export const row = <T>(given: {
  name: string
  want: (wanted: Wanted) => T
  /** Left out where the engine does it unasked, and it is only looked at. */
  set?: (draft: Draft, value: T) => void
  read: (inspected: Inspected) => T
  show: (value: T) => string
  /** Whether a value keeps a box closed in, whoever asked for it. */
  isSafe: (value: T) => boolean
  changes?: boolean
  only?: Product
}): Row => ({
  name: given.name,
  set: (draft, wanted) => given.set?.(draft, given.want(wanted)),
  differs: (inspected, wanted) => {
    const [want, found] = [given.want(wanted), given.read(inspected)]
    return isDeepStrictEqual(want, found) ? undefined : { wanted: want, found }
  },
  check: (inspected) => {
    const value = given.read(inspected)
    return { name: given.name, value: given.show(value), ok: given.isSafe(value) }
  },
  changes: given.changes ?? false,
  only: given.only,
})

/** For a field that has one good value for every box. */
export const fixed = <T>(given: {
  name: string
  value: T
  set?: (draft: Draft, value: T) => void
  read: (inspected: Inspected) => T
  show?: (value: T) => string
  only?: Product
}): Row =>
  row<T>({
    ...given,
    show: given.show ?? showPlain,
    want: () => given.value,
    isSafe: (value) => isDeepStrictEqual(value, given.value),
  })

const showPlain = (value: unknown): string => {
  if (typeof value === 'string') return value === '' ? 'unset' : value
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(showPlain).join(', ')
  return JSON.stringify(value) ?? 'unset'
}

export const MIB = 1024 ** 2
const GIB = 1024 ** 3
export const showBytes = (bytes: number): string =>
  bytes % GIB === 0 ? `${bytes / GIB} GiB` : `${Math.round((bytes / MIB) * 10) / 10} MiB`

/** Engines leave out an empty list, or write null. */
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const strings = (value: unknown): string[] => list(value).map(String)
export const securityOption = (inspected: Inspected, name: string): string | undefined =>
  strings(inspected.HostConfig.SecurityOpt)
    .find((option) => option === name || option.startsWith(`${name}=`) || option.startsWith(`${name}:`))
    ?.slice(name.length + 1)
