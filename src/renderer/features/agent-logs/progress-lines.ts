/** Programs draw progress by going back to the start of the line. Of such a line only the last state is shown. */
import { plainText } from './ansi.ts'

export interface LastState {
  text: string
  /** How many states of the line were overwritten. */
  overwritten: number
}

export const lastState = (text: string): LastState => {
  if (!text.includes('\r')) return { text, overwritten: 0 }
  const states = text.split('\r').filter((state) => plainText(state).trim() !== '')
  return { text: states.at(-1) ?? '', overwritten: Math.max(states.length - 1, 0) }
}
