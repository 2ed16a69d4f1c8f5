/** How much of a budget is used: of several limits the one that will be reached first. */
import type { AgentBudget, AgentUsage } from '../../../contract/index.ts'
import { formatCount, formatMoney } from '../../format.ts'

export interface BudgetUse {
  share: number
  words: string
}

const round = (dollars: number) => (Number.isInteger(dollars) ? `$${dollars}` : formatMoney(dollars))

export const budgetUse = (usage: AgentUsage, { money, tokens, toolCalls }: AgentBudget): BudgetUse | null => {
  const uses: BudgetUse[] = []
  const add = (used: number, limit: number | undefined, words: (limit: number) => string) => {
    if (limit !== undefined) uses.push({ share: limit === 0 ? 1 : Math.min(used / limit, 1), words: words(limit) })
  }
  const spent = usage.tokensIn + usage.tokensOut
  add(usage.money, money, (limit) => `${formatMoney(usage.money)} of ${round(limit)}`)
  add(spent, tokens, (limit) => `${formatCount(spent)} of ${formatCount(limit)} tokens`)
  add(usage.toolCalls, toolCalls, (limit) => `${usage.toolCalls} of ${limit} tool calls`)
  return uses.toSorted((a, b) => b.share - a.share)[0] ?? null
}

export const budgetWords = ({ money, tokens, toolCalls }: AgentBudget): string => {
  const parts = [
    money === undefined ? null : round(money),
    tokens === undefined ? null : `${formatCount(tokens)} tokens`,
    toolCalls === undefined ? null : `${toolCalls} tool calls`,
  ].filter((part) => part !== null)
  return parts.length === 0 ? 'no limit' : parts.join(', ')
}
