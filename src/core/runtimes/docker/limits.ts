/** Other limits for a box that lives, read back as those that it was made with. */
import { GantryError } from '../../../contract/index.ts'
import type { BoxSpec } from '../types.ts'
import type { Engine } from './engine.ts'
import { statusOf } from './errors.ts'
import { type Inspected, type Wanted, differences } from './profile.ts'

export interface LimitDeps {
  client: Engine
  command: readonly string[]
  seccomp: string
}

export const changeLimits = async (
  { client, command, seccomp }: LimitDeps,
  look: () => Promise<Inspected>,
  limits: BoxSpec['limits'],
): Promise<void> => {
  const before = await look()
  const size = Number(/(?:^|,)size=(\d+)/.exec(before.HostConfig.Tmpfs?.['/home/agent'] ?? '')?.[1])
  if (size !== limits.diskBytes) {
    throw new GantryError('E_CONFLICT', 'The size of the folders of a box cannot be changed once it is made.', {
      hint: 'Start the agent in a box of its own.',
      details: { has: size, wanted: limits.diskBytes },
    })
  }
  const change = {
    Memory: limits.memoryBytes,
    MemorySwap: limits.memoryBytes,
    NanoCpus: Math.round(limits.cpus * 1e9),
    PidsLimit: limits.pids,
  }
  try {
    await client.call(
      'change the limits of a box',
      (docker, abortSignal) => docker.getContainer(before.Id).update({ ...change, abortSignal }),
      'act',
    )
  } catch (thrown) {
    // The box is there: it is the question that this engine does not know.
    if (!(thrown instanceof Error) || statusOf(thrown.cause) !== 404) throw thrown
    throw new GantryError('E_CONFLICT', `${client.product} ${client.version} cannot change the limits of a box.`, {
      hint: 'Start the agent in a box of its own.',
      cause: thrown,
    })
  }
  const wanted: Wanted = {
    product: client.product,
    spec: { boxId: '', image: '', limits, network: 'none', expiresAt: 0 },
    command,
    seccomp,
  }
  const left = differences(await look(), wanted, true)
  if (left.length === 0) return
  throw new GantryError(
    'E_RUNTIME',
    `The engine did not change the limits: ${left.map(({ name }) => name).join(', ')}.`,
    {
      hint: 'Start the agent in a box of its own.',
      details: { fields: left },
    },
  )
}
