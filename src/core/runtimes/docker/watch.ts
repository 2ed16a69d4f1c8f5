/** Keeps what is known of boxes true to what the engine says of them. */
import type { Engine } from './engine.ts'
import type { EngineEvent } from './follow.ts'
import { BOX_LABEL, boxName } from './labels.ts'
import type { createRegistry } from './registry.ts'
import { goneState, inspectBox, isOver, reasonOf, stateFrom } from './state.ts'

export interface WatchDeps {
  owner: string
  registry: ReturnType<typeof createRegistry>
  now: () => Date
  delay: (ms: number) => Promise<void>
  log: { warn: (fields: object, message: string) => void }
}

const LOOKS = 50
const LOOK_MS = 100

export const createWatch = ({ owner, registry, now, delay, log }: WatchDeps) => {
  /** What ended while nobody was listening. */
  const compare = async (engine: Engine) => {
    await Promise.all(
      registry.running().map(async ({ boxId, saw }) => {
        const inspected = await inspectBox(engine, boxName(owner, boxId))
        saw(inspected === undefined ? goneState(boxId) : stateFrom(boxId, inspected))
      }),
    )
  }

  const hear = async (engine: Engine, { Action, Actor: { ID, Attributes } }: EngineEvent) => {
    const known = registry.get(Attributes[BOX_LABEL] ?? '')
    if (known === undefined) return
    const { boxId } = known
    try {
      const inspected = Action === 'die' ? await lookUntilOver(engine, ID) : await inspectBox(engine, ID)
      if (inspected !== undefined) known.saw(stateFrom(boxId, inspected))
      else known.saw({ ...goneState(boxId), ...(Action === 'die' ? exitOf(Number(Attributes['exitCode'])) : {}) })
    } catch (thrown) {
      log.warn({ box: boxId, cause: String(thrown) }, 'a box could not be looked at')
    }
  }

  /** Some engines tell of an end before they have written it down themselves. */
  const lookUntilOver = async (engine: Engine, id: string) => {
    for (let looks = 1; ; looks += 1) {
      const inspected = await inspectBox(engine, id)
      if (inspected === undefined || looks >= LOOKS || isOver(stateFrom('', inspected))) return inspected
      await delay(LOOK_MS)
    }
  }

  /** Removed before it could be looked at: the event is all that tells how it ended. */
  const exitOf = (exitCode: number) => ({
    exitCode,
    reason: reasonOf(exitCode, false, ''),
    endedAt: now().getTime(),
  })

  return { compare, hear }
}
