/** What agents stand on, looked at before the first of them runs. */
import type { CatalogView, ImageStatus, RuntimeStatus } from '../../../contract/index.ts'
import type { State } from '../../ui/status.tsx'

export interface Check {
  state: State
  words: string
}

const NOT_LOOKED: Check = { state: 'busy', words: 'Looking' }

export const checkRuntime = (name: RuntimeStatus['name'], runtimes: readonly RuntimeStatus[] | undefined): Check => {
  if (runtimes === undefined) return NOT_LOOKED
  const runtime = runtimes.find((one) => one.name === name)
  if (runtime === undefined) return { state: 'off', words: 'Not known on this machine.' }
  if (!runtime.available) return { state: 'off', words: runtime.reason ?? 'Not available.' }
  return { state: 'ok', words: runtime.detail }
}

/** The image that most templates need, where it is missing. */
export const missingImage = (images: readonly ImageStatus[] | undefined): string | undefined =>
  images
    ?.toSorted((a, b) => b.templates.length - a.templates.length)
    .find(({ present, templates }) => !present && templates.length > 0)?.image

export const checkModels = (catalog: CatalogView | undefined): Check => {
  if (catalog === undefined) return NOT_LOOKED
  const isDemo = (provider: string) => catalog.providers.find(({ id }) => id === provider)?.kind === 'demo'
  const real = catalog.models.filter(({ available, provider }) => available && !isDemo(provider))
  if (real.length > 0)
    return {
      state: 'ok',
      words: `${real
        .slice(0, 3)
        .map(({ title }) => title)
        .join(', ')}${real.length > 3 ? ` and ${real.length - 3} more` : ''}`,
    }
  return { state: 'off', words: 'Only the scripted demo, which needs no key. A provider’s key brings the others.' }
}
