/** What an agent may cost and how long it may take, said no more exactly than it is known. */
import type { AgentTemplate, CatalogModel } from '../../../contract/index.ts'
import { formatCount, formatDuration, formatMoney } from '../../format.ts'
import type { Draft } from './draft.ts'

const MILLION = 1_000_000
/** A step of a usual agent: it reads much and writes little. */
const STEP = { tokensIn: 8000, tokensOut: 500 }

const DEFAULT_TTL_SECONDS = 3600
const DEFAULT_IDLE_SECONDS = 900

const number = (text: string): number | undefined => {
  const value = Number(text.replace(',', '.'))
  return text.trim() === '' || Number.isNaN(value) ? undefined : value
}

type Priced = Pick<CatalogModel, 'title' | 'inputPrice' | 'outputPrice'>

export const priceWords = ({ inputPrice, outputPrice }: Priced): string =>
  inputPrice === 0 && outputPrice === 0
    ? 'free'
    : `${formatMoney(inputPrice)} in, ${formatMoney(outputPrice)} out for a million tokens`

export const costHint = (
  draft: Pick<Draft, 'money' | 'tokens'>,
  template: Pick<AgentTemplate, 'usesModel'>,
  model: Priced | undefined,
): string => {
  if (!template.usesModel) return 'Costs nothing: it calls no model.'
  if (model === undefined) return 'What it costs depends on the model.'
  if (model.inputPrice === 0 && model.outputPrice === 0) return `Costs nothing: ${model.title} is free.`
  const money = number(draft.money)
  if (money !== undefined)
    return `At most ${formatMoney(money)}: there it is stopped, in the middle of an answer if need be.`
  const tokens = number(draft.tokens)
  if (tokens !== undefined) {
    const most = (tokens / MILLION) * Math.max(model.inputPrice, model.outputPrice)
    return `At most ${formatMoney(most)}: ${formatCount(tokens)} tokens, if all of them were of the dearer kind.`
  }
  const step = (STEP.tokensIn * model.inputPrice + STEP.tokensOut * model.outputPrice) / MILLION
  return `No limit on money is set. A step that reads ${formatCount(STEP.tokensIn)} tokens and writes ${STEP.tokensOut} costs about ${formatMoney(step)}; how many steps it takes is not known.`
}

export const timeHint = (limits: Draft['limits'], template: Pick<AgentTemplate, 'limits'>): string => {
  const seconds = (text: string, own: number | undefined, fallback: number) => {
    const minutes = number(text)
    return minutes === undefined ? (own ?? fallback) : minutes * 60
  }
  const ttl = seconds(limits.ttlSeconds, template.limits.ttlSeconds, DEFAULT_TTL_SECONDS)
  const idle = seconds(limits.idleSeconds, template.limits.idleSeconds, DEFAULT_IDLE_SECONDS)
  return `Ends ${formatDuration(ttl)} after its start at the latest. Paused after ${formatDuration(idle)} without a sign of life; waiting for you does not count.`
}
