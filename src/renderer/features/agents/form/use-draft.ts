import { createContext, useContext } from 'react'
import type { AgentTemplate, CatalogView } from '../../../../contract/index.ts'
import type { Draft, Problems } from '../draft.ts'

export interface DraftContext {
  draft: Draft
  template: AgentTemplate
  catalog: CatalogView
  problems: Problems
  change: (part: Partial<Draft>) => void
}

const Context = createContext<DraftContext | null>(null)
export const DraftProvider = Context.Provider

export const useDraft = (): DraftContext => {
  const context = useContext(Context)
  if (context === null) throw new Error('A field of the form stands outside of it')
  return context
}
