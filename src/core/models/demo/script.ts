/**
 * What the demo does, told by the last thing that was said to it. It is no model: it follows these words, one line a step.
 *
 *   use <tool> {json}         calls a tool with these arguments; the next line follows when its result is there
 *   ask <question> [a|b]      calls ask_person with the question and its choices
 *   think <text>              thinks aloud, then goes on with the next line
 *   say <text>                says the text
 *   count <n>                 says the numbers to n
 *   wait <ms>                 is silent for so long, then goes on with the next line
 *   loop <tool> {json}        calls the same tool again and again, for ever
 *   fail <status> <text>      fails as a provider would that answers with this status
 *   break                     begins to answer and is cut off
 *
 * A text without any of these is answered with a sentence that says what it is.
 */
import type { LanguageModelV3Prompt } from '@ai-sdk/provider'

export type Step =
  | { kind: 'use'; tool: string; input: string }
  | { kind: 'loop'; tool: string; input: string }
  | { kind: 'think'; text: string }
  | { kind: 'say'; text: string }
  | { kind: 'count'; to: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'fail'; status: number; text: string }
  | { kind: 'break' }

const MOST_NUMBERS = 100_000
const LONGEST_WAIT = 600_000

const whole = (text: string, most: number): number => Math.min(most, Math.max(0, Math.trunc(Number(text)) || 0))

const asCall = (kind: 'use' | 'loop', rest: string): Step => {
  const [tool = ''] = rest.split(/\s/, 1)
  const input = rest.slice(tool.length).trim()
  return { kind, tool, input: input === '' ? '{}' : input }
}

const asQuestion = (rest: string): Step => {
  const choices = /\[([^\]]*)\]\s*$/.exec(rest)
  const question = choices === null ? rest : rest.slice(0, choices.index).trim()
  const list = choices?.[1]?.split('|').map((choice) => choice.trim())
  return {
    kind: 'use',
    tool: 'ask_person',
    input: JSON.stringify({ question, ...(list === undefined ? {} : { choices: list }) }),
  }
}

const asFailure = (rest: string): Step => {
  const [status = ''] = rest.split(/\s/, 1)
  const text = rest.slice(status.length).trim()
  return { kind: 'fail', status: whole(status, 599), text: text === '' ? 'it was told to fail' : text }
}

const WORDS: Record<string, (rest: string) => Step> = {
  use: (rest) => asCall('use', rest),
  loop: (rest) => asCall('loop', rest),
  ask: asQuestion,
  think: (text) => ({ kind: 'think', text }),
  say: (text) => ({ kind: 'say', text }),
  count: (rest) => ({ kind: 'count', to: whole(rest, MOST_NUMBERS) }),
  wait: (rest) => ({ kind: 'wait', ms: whole(rest, LONGEST_WAIT) }),
  fail: asFailure,
  break: () => ({ kind: 'break' }),
}

const stepOf = (line: string): Step[] => {
  const [word = ''] = line.split(/\s/, 1)
  const make = WORDS[word]
  return make === undefined ? [] : [make(line.slice(word.length).trim())]
}

export const stepsOf = (text: string): Step[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .flatMap(stepOf)

export interface Situation {
  said: string
  /** How many calls of tools came back since. */
  results: number
  lastResult: string
}

const resultText = (output: { type: string; value?: unknown; reason?: string | undefined }): string => {
  if (typeof output.value === 'string') return output.value
  return output.value === undefined ? (output.reason ?? '') : JSON.stringify(output.value)
}

export const situationOf = (prompt: LanguageModelV3Prompt): Situation => {
  const last = prompt.findLastIndex(({ role }) => role === 'user')
  const message = prompt[last]
  const said =
    message?.role === 'user' ? message.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n') : ''
  const results = prompt
    .slice(last + 1)
    .flatMap((one) => (one.role === 'tool' ? one.content : []))
    .filter((part) => part.type === 'tool-result')
  return {
    said,
    results: results.length,
    lastResult: results.length === 0 ? '' : resultText(results.at(-1)?.output ?? { type: '' }),
  }
}

/** The steps of this turn: from after the last tool that came back to the next one that is called. */
export const turnOf = (steps: readonly Step[], results: number): Step[] => {
  const turn: Step[] = []
  let calls = 0
  for (const step of steps) {
    if (step.kind === 'loop') return calls <= results ? [...(calls === results ? turn : []), step] : turn
    if (calls === results) turn.push(step)
    if (step.kind === 'use') calls += 1
    if (calls > results) return turn
  }
  return turn
}
