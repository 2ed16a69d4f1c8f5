/**
 * What one try of a call uses, counted against the agent's budget while it happens: an estimate first, put right by the
 * provider's own numbers as soon as it gives them.
 */
import type { CatalogModel } from '../../contract/index.ts'
import type { ModelCaller } from './types.ts'

export interface Usage {
  tokensIn?: number | undefined
  tokensOut?: number | undefined
}

export interface Counted {
  tokensIn: number
  tokensOut: number
  money: number
  estimated: boolean
}

/** Steps smaller than this are gathered: the budget is asked often enough without them. */
const STEP = 16

const priceOf = (
  model: Pick<CatalogModel, 'inputPrice' | 'outputPrice'>,
  tokensIn: number,
  tokensOut: number,
): number => (tokensIn * model.inputPrice + tokensOut * model.outputPrice) / 1_000_000

/** `estimateIn`: tokens of the request, about. They are counted before it is sent, so that it is not sent in vain. */
export const createMeter = ({ spend }: Pick<ModelCaller, 'spend'>, model: CatalogModel, estimateIn: number) => {
  const known: Usage = {}
  let estimateOut = 0
  const counted = { tokensIn: 0, tokensOut: 0, money: 0 }

  const count = (tokensIn: number, tokensOut: number) => {
    const money = priceOf(model, tokensIn, tokensOut)
    const step = {
      tokensIn: tokensIn - counted.tokensIn,
      tokensOut: tokensOut - counted.tokensOut,
      money: money - counted.money,
    }
    if (step.tokensIn === 0 && step.tokensOut === 0) return
    Object.assign(counted, { tokensIn, tokensOut, money })
    spend.add({ ...step, model: model.id })
  }

  const settle = () => count(known.tokensIn ?? Math.ceil(estimateIn), known.tokensOut ?? Math.ceil(estimateOut))

  return {
    /** Throws E_QUOTA when there is nothing left, or when this request alone would use it up. */
    begin: () => {
      spend.check()
      settle()
      try {
        spend.check()
      } catch (error) {
        count(0, 0)
        throw error
      }
    },
    /** So much more was said. Throws E_QUOTA when that used the budget up. */
    said: (tokens: number) => {
      estimateOut += tokens
      if (known.tokensOut !== undefined || estimateOut - counted.tokensOut < STEP) return
      settle()
      spend.check()
    },
    /** The same of an answer that is whole already: there is nothing left to cut. */
    wrote: (tokens: number) => {
      estimateOut += tokens
    },
    /** What the provider says it was. */
    learn: (usage: Usage) => {
      if (usage.tokensIn !== undefined) known.tokensIn = usage.tokensIn
      if (usage.tokensOut !== undefined) known.tokensOut = usage.tokensOut
    },
    /** Nothing came of it: what was counted is taken back. */
    forget: () => count(0, 0),
    end: (): Counted => {
      settle()
      return { ...counted, estimated: known.tokensIn === undefined || known.tokensOut === undefined }
    },
    /** What stands now, for the closing words of an answer. */
    usage: () => ({
      tokensIn: known.tokensIn ?? Math.ceil(estimateIn),
      tokensOut: known.tokensOut ?? Math.ceil(estimateOut),
    }),
  }
}

export type Meter = ReturnType<typeof createMeter>
