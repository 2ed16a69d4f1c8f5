/** What this process knows and holds of each box: its last facts, a watch on its end, the wires that are open. */
import type { Facts } from '../../../supervisor/index.ts'
import type { BoxLink, BoxState } from '../types.ts'
import type { Records } from './records.ts'
import { type Watcher, watchBox } from './watcher.ts'

export interface Holder {
  facts: () => Facts | undefined
  /** To be called with whatever is read about the box: what runs is watched from then on. */
  saw: (facts: Facts) => void
  opened: (link: BoxLink) => BoxLink
  close: () => void
}

export interface HolderDeps {
  boxId: string
  folder: string
  records: Records
  delay: (ms: number) => Promise<void>
  onEnded: (state: BoxState) => void
}

const LOOK_MS = 10
/** A process that is being killed looks alive for a moment after its connections closed. */
const SETTLE_ROUNDS = 200

export const createHolder = ({ boxId, folder, records, delay, onEnded }: HolderDeps): Holder => {
  let last: Facts | undefined
  let watcher: Watcher | undefined
  let isTold = false
  let isClosed = false
  const links = new Set<BoxLink>()

  const tell = (facts: Facts): void => {
    if (isTold || isClosed) return
    isTold = true
    onEnded(records.stateOf(boxId, facts))
  }

  /** The watch broke off without a word: either the supervisor is gone, or it is to be watched again. */
  const lookAgain = async (): Promise<void> => {
    for (let round = 0; round < SETTLE_ROUNDS && !isClosed; round += 1) {
      const seen = records.look(folder, boxId)
      if (seen === undefined) return
      if (seen !== 'waiting' && seen.status === 'exited') {
        last = seen
        return tell(seen)
      }
      await delay(LOOK_MS)
    }
    if (last !== undefined) saw(last)
  }

  const saw = (facts: Facts): void => {
    last = facts
    if (watcher !== undefined || isClosed || !records.isSupervised(facts) || facts.status === 'exited') return
    watcher = watchBox(facts.socket, (end) => {
      watcher = undefined
      if (end === undefined) return void lookAgain()
      last = end
      tell(end)
    })
  }

  const opened = (link: BoxLink): BoxLink => {
    const kept: BoxLink = {
      ...link,
      close: () => {
        links.delete(kept)
        link.close()
      },
    }
    links.add(kept)
    return kept
  }

  const close = (): void => {
    isClosed = true
    watcher?.close()
    for (const link of links) link.close()
    links.clear()
  }

  return { facts: () => last, saw, opened, close }
}
