/** What somebody may have meant who wrote something else. */

/** How many letters have to be put in, taken out or changed (Levenshtein). */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let index = 0; index < from.length; index += 1) {
    const next = [index + 1]
    for (let column = 1; column <= to.length; column += 1) {
      next.push(
        Math.min(
          (row[column] ?? 0) + 1,
          (next[column - 1] ?? 0) + 1,
          (row[column - 1] ?? 0) + (to[column - 1] === from[index] ? 0 : 1),
        ),
      )
    }
    row = next
  }
  return row[to.length] ?? 0
}

const MOST = 3
const LONGEST = 100

const nearest = (wanted: string, known: readonly string[]): string[] => {
  const word = wanted.toLowerCase().slice(0, LONGEST)
  const most = Math.max(1, Math.floor(word.length / 3))
  return known
    .map((name) => {
      const other = name.toLowerCase()
      const isPart = word.length > 2 && (other.includes(word) || word.includes(other))
      return { name, far: isPart ? 0 : distance(word, other) }
    })
    .filter(({ far }) => far <= most)
    .toSorted((one, other) => one.far - other.far)
    .slice(0, MOST)
    .map(({ name }) => name)
}

export const hintNear = (wanted: string, known: readonly string[]): string => {
  const names = nearest(wanted, known)
  return names.length === 0 ? '' : ` Did you mean ${names.map((name) => `"${name}"`).join(' or ')}?`
}
