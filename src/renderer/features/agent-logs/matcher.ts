/** What somebody looks for in a log, and where in a line it is. */

export interface Matcher {
  /** As the store understands it. */
  grep: string
  test: (text: string) => boolean
  ranges: (text: string) => readonly (readonly [from: number, to: number])[]
}

export type MatcherResult = { matcher: Matcher | null; problem: null } | { matcher: null; problem: string }

/** Beyond this a line is not looked through: a pattern that thinks long must not hold the page. */
const LOOKED_THROUGH = 10_000
const MOST_RANGES = 500

const escapeRegex = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

const matcherOf = (grep: string): Matcher => {
  const once = new RegExp(grep, 'i')
  const all = new RegExp(grep, 'gi')
  return {
    grep,
    test: (text) => once.test(text.slice(0, LOOKED_THROUGH)),
    ranges: (text) =>
      text
        .slice(0, LOOKED_THROUGH)
        .matchAll(all)
        .filter((match) => match[0] !== '')
        .take(MOST_RANGES)
        .map((match) => [match.index, match.index + match[0].length] as const)
        .toArray(),
  }
}

export const createMatcher = (query: string, isRegex: boolean): MatcherResult => {
  if (query === '') return { matcher: null, problem: null }
  try {
    return { matcher: matcherOf(isRegex ? query : escapeRegex(query)), problem: null }
  } catch {
    return { matcher: null, problem: 'This is not a regular expression yet.' }
  }
}
