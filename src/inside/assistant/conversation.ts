/** The loop: steps until the model has no more to do, within the limits, and then the next message, where there is one. */
import type { ModelMessage } from 'ai'
import { type StepDeps, takeStep } from './step.ts'
import { EXIT, Stop } from './stop.ts'

export interface ConversationDeps extends StepDeps {
  limits: { steps: number; tokens: number }
  /** Set when a tool wants the end: it comes after the step in which that happened. */
  wantedStop: () => Stop | undefined
}

export const createConversation = (deps: ConversationDeps) => {
  const messages: ModelMessage[] = []
  const { limits } = deps
  let steps = 0
  let tokens = 0

  const checkLimits = () => {
    if (steps >= limits.steps) {
      throw new Stop(EXIT.limit, `${limits.steps} steps are used up, and the task is not done. I stop here.`)
    }
    if (tokens >= limits.tokens) {
      throw new Stop(EXIT.limit, `${limits.tokens} tokens are used up, and the task is not done. I stop here.`)
    }
  }

  /** Works on a message until the model says that it is done. */
  const work = async (text: string): Promise<void> => {
    messages.push({ role: 'user', content: text })
    deps.guard.forget()
    for (;;) {
      checkLimits()
      const step = await takeStep(messages, deps)
      steps += 1
      tokens += step.tokens
      messages.push(...step.messages)
      const stop = deps.wantedStop()
      if (stop !== undefined) throw stop
      if (!step.isOpen) return
    }
  }

  return { work }
}
