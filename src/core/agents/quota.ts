/** How many may run at once, for each key and in all. The error names the limit and who holds it. */
import { type Actor, GantryError } from '../../contract/index.ts'
import type { AgentRow } from './records.ts'

export interface QuotaLimits {
  perKey: () => number
  inAll: () => number
}

const refuse = (limit: number, setting: string, whose: string, holders: readonly AgentRow[]): never => {
  throw new GantryError('E_QUOTA', `${whose} ${limit} agents at once, and has them.`, {
    hint: `Stop one of them, wait for one to end, or raise the setting ${setting}.`,
    details: {
      limit,
      setting,
      holders: holders
        .slice(0, 50)
        .map(({ id, name, state, creatorName }) => ({ id, name, state, creator: creatorName })),
    },
  })
}

/** Programs and agents have a share of their own; people at this machine only share what there is in all. */
export const assertQuota = (live: readonly AgentRow[], actor: Actor, { perKey, inAll }: QuotaLimits): void => {
  if (actor.kind === 'key' || actor.kind === 'agent') {
    const own = live.filter(({ creatorId }) => creatorId === actor.id)
    if (own.length >= perKey()) refuse(perKey(), 'agents.perKey', `"${actor.name}" may have`, own)
  }
  if (live.length >= inAll()) refuse(inAll(), 'agents.inAll', 'This Gantry may run', live)
}
