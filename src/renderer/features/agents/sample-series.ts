import type { AgentSample } from '../../../contract/index.ts'

const KEPT = 150
/** An agent that was not measured for so long has ended. */
const FORGOTTEN_AFTER_MS = 30 * 60_000

type Series = ReadonlyMap<string, readonly AgentSample[]>

const newestOf = (samples: readonly AgentSample[]) => Date.parse(samples.at(-1)?.at ?? '')

/** The history comes again with each new stream: a sample counts once, whenever it comes. */
export const addSamples = (series: Series, incoming: readonly AgentSample[]): Series => {
  const next = new Map(series)
  for (const [id, added] of Map.groupBy(incoming, (sample) => sample.id)) {
    const byTime = new Map([...(series.get(id) ?? []), ...added].map((sample) => [sample.at, sample]))
    const ordered = [...byTime.values()].toSorted((a, b) => a.at.localeCompare(b.at))
    next.set(id, ordered.slice(-KEPT))
  }
  const newest = Math.max(...[...next.values()].map(newestOf))
  for (const [id, samples] of next) if (newest - newestOf(samples) > FORGOTTEN_AFTER_MS) next.delete(id)
  return next
}

/** The sum over all agents at each moment of measuring, told by slots of so many milliseconds. */
export const sumOverAgents = (
  series: Series,
  value: (sample: AgentSample) => number,
  slotMs = 4000,
): readonly number[] => {
  const slots = new Map<number, Map<string, number>>()
  for (const [id, samples] of series)
    for (const sample of samples) {
      const slot = Math.floor(Date.parse(sample.at) / slotMs)
      const values = slots.get(slot) ?? new Map<string, number>()
      slots.set(slot, values.set(id, value(sample)))
    }
  return [...slots.keys()]
    .toSorted((a, b) => a - b)
    .map((slot) => [...(slots.get(slot)?.values() ?? [])].reduce((sum, one) => sum + one, 0))
}
