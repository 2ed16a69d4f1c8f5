/** How far the first steps are, kept in the page: which snippet was copied is nobody else's business. */
import { createStore } from '../../ui/store.ts'

const KEY = 'gantry:start'
const STEPS = ['begun', 'attached', 'linked', 'dismissed'] as const
export type Step = (typeof STEPS)[number]
export type Progress = ReadonlySet<Step>

const read = (): Progress =>
  new Set(STEPS.filter((step) => (localStorage.getItem(KEY) ?? '').split(' ').includes(step)))

export const progress = createStore<Progress>(read())

export const markStep = (step: Step) => {
  const next = new Set([...progress.get(), 'begun' as const, step])
  localStorage.setItem(KEY, [...next].join(' '))
  progress.set(next)
}

interface Facts {
  agents: number
  keys: number
  backups: number
  /** The dashboard itself needs no link to it. */
  linked: boolean
  steps: Progress
}

/** Shown to who has nothing yet, and then until every step is done, so that the first step does not hide the others. */
export const isFirstRun = ({ agents, keys, backups, linked, steps }: Facts): boolean => {
  if (steps.has('dismissed')) return false
  if (steps.has('begun')) return !(agents > 0 && keys > 0 && steps.has('attached') && (linked || steps.has('linked')))
  return agents === 0 && keys === 0 && backups === 0
}
