/**
 * What the stand-in does, told by the last message of the user, a line each:
 *
 *   say <text> · words <n> · think <text>           what it answers
 *   call <tool> <json>                              calls a tool, unless its result is there: that is repeated then
 *   status <n> · times <n> · retry-after <seconds>  an error, the first so many times that this message comes
 *   error-event                                     a good head, then an error as the first event
 *   delay <ms> · gap <ms> · hang · stall            silence before the answer, between words, for ever, after one word
 *   break <n> · end-early <n> · malformed           cut off after n words, ended without its end, nonsense in between
 *   redirect <address> · leak · no-usage            elsewhere; an error that quotes the key; no numbers
 *   strict                                          refuses a wish for usage in streams
 *   see                                             tells how many pictures it was shown, and of which kind
 */

export interface Call {
  id: string
  name: string
  input: string
}

export interface Asked {
  /** The text of the last message of the user. */
  said: string
  /** What tools gave back since. */
  results: string[]
  pictures: string[]
}

export interface Plan {
  words: string[]
  thinking: string | undefined
  calls: Call[]
  usage: { in: number; out: number } | undefined
  options: Map<string, string>
}

export const readScript = (said: string): Map<string, string> =>
  new Map(
    said.split('\n').map((line): [string, string] => {
      const text = line.trim()
      const [word = ''] = text.split(' ', 1)
      return [word, text.slice(word.length).trim()]
    }),
  )

const callOf = (rest: string): Call => {
  const [name = ''] = rest.split(' ', 1)
  return { id: `call_${name}_1`, name, input: rest.slice(name.length).trim() || '{}' }
}

const callsIn = (said: string): Call[] =>
  said
    .split('\n')
    .filter((line) => line.startsWith('call '))
    .map((line, index) => ({ ...callOf(line.slice(5)), id: `call_${index}` }))

const textFor = ({ said, results, pictures }: Asked, options: Map<string, string>): string => {
  if (results.length > 0) return `results: ${results.join(' and ')}`
  if (options.has('see')) return `pictures: ${pictures.join(', ')}`
  const count = Number(options.get('words') ?? Number.NaN)
  if (Number.isFinite(count)) return Array.from({ length: count }, (_, index) => `word${index}`).join(' ')
  return options.get('say') ?? `echo: ${said}`
}

export const planFor = (asked: Asked): Plan => {
  const options = readScript(asked.said)
  const calls = asked.results.length === 0 ? callsIn(asked.said) : []
  const words = calls.length > 0 && !options.has('say') ? [] : (textFor(asked, options).match(/\s*\S+/g) ?? [])
  return {
    words,
    thinking: options.get('think'),
    calls,
    usage: options.has('no-usage') ? undefined : { in: 11, out: words.length + 7 * calls.length },
    options,
  }
}
