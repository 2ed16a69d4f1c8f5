/** What each event makes stale. Live values (vitals) do not pass through here: they are streams of their own. */
import type { AnyContractProcedure } from '@orpc/contract'
import type { EventType, contract } from '../contract/index.ts'

type NamesIn<Router, Prefix extends string> = Router extends AnyContractProcedure
  ? Prefix
  : {
      [Key in keyof Router & string]: NamesIn<Router[Key], Prefix extends '' ? Key : `${Prefix}.${Key}`>
    }[keyof Router & string]

/** `access.keys.list`, and every other name there is: a typing error here does not compile. */
export type OperationName = NamesIn<typeof contract, ''>

export const AFFECTED = {
  'system.started': 'everything',
  'system.stopping': ['system.health'],
  'system.endpoint': ['system.info', 'system.health'],
  'settings.changed': ['settings.get', 'system.health'],
  'settings.problem': ['settings.get', 'system.health'],
  'access.key.created': ['access.keys.list'],
  'access.key.revoked': ['access.keys.list', 'access.whoami'],
  'audit.recorded': ['audit.list'],
  'store.backed-up': ['system.backups', 'system.health'],
  'store.restored': 'everything',
  'agents.changed': ['agents.list', 'agents.get', 'agents.status', 'agents.patch', 'agents.messages'],
  'agents.removed': ['agents.list', 'agents.get'],
  'agents.said': ['agents.list', 'agents.get', 'agents.messages'],
  'catalog.changed': ['catalog.get'],
  'runtimes.changed': ['runtimes.list', 'runtimes.images', 'catalog.get'],
  'secrets.changed': ['secrets.list', 'catalog.get'],
  'events.skipped': 'everything',
} as const satisfies Record<EventType, readonly OperationName[] | 'everything'>

/** The key that all queries of an operation begin with, whatever their input. */
export const operationKey = (name: string) => [name.split('.')] as const
