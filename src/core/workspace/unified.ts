/** One changed file as git writes it, so that people, `git apply` and `patch` can read it. */
import { type Budget, type LineChange, compareLines, splitLines } from './lines.ts'

export interface Side {
  text: string
  isExecutable: boolean
}

export interface Unified {
  diff: string
  added: number
  removed: number
}

const CONTEXT = 3

/** As git quotes names that others would misread. */
const quote = (name: string): string => {
  // oxlint-disable-next-line no-control-regex
  if (!/["\\\u0000-\u001f\u007f]/.test(name)) return name
  const escaped = name
    .replaceAll(/["\\]/g, String.raw`\$&`)
    // oxlint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u001f\u007f]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `"${escaped}"`
}

const modeOf = ({ isExecutable }: Side) => (isExecutable ? '100755' : '100644')

const range = (start: number, count: number): string => {
  // A range of no lines is told by the line before it.
  const first = count === 0 ? start : start + 1
  return count === 1 ? String(first) : `${first},${count}`
}

const line = (sign: string, text: string): string =>
  text.endsWith('\n') ? sign + text : `${sign}${text}\n\\ No newline at end of file\n`

/** Changes so near to each other that their context would overlap stand in one hunk. */
const hunksOf = (changes: readonly LineChange[]): LineChange[][] => {
  const hunks: LineChange[][] = []
  for (const change of changes) {
    const last = hunks.at(-1)?.at(-1)
    if (last !== undefined && change.from - (last.from + last.removed) <= 2 * CONTEXT) hunks.at(-1)?.push(change)
    else hunks.push([change])
  }
  return hunks
}

const writeHunk = (hunk: readonly LineChange[], before: readonly string[], after: readonly string[]): string => {
  const [first, last] = [hunk[0], hunk.at(-1)]
  if (first === undefined || last === undefined) return ''
  const lead = Math.min(CONTEXT, first.from)
  const from = first.from - lead
  const to = first.to - lead
  const end = Math.min(before.length, last.from + last.removed + CONTEXT)
  const trail = end - (last.from + last.removed)
  let text = `@@ -${range(from, end - from)} +${range(to, last.to + last.added + trail - to)} @@\n`
  let at = from
  for (const change of hunk) {
    for (; at < change.from; at += 1) text += line(' ', before[at] ?? '')
    for (; at < change.from + change.removed; at += 1) text += line('-', before[at] ?? '')
    for (let index = change.to; index < change.to + change.added; index += 1) text += line('+', after[index] ?? '')
  }
  for (; at < end; at += 1) text += line(' ', before[at] ?? '')
  return text
}

/** `null` for a side on which the file is not there. */
export const unify = (path: string, before: Side | null, after: Side | null, budget: Budget): Unified => {
  const old = splitLines(before?.text ?? '')
  const fresh = splitLines(after?.text ?? '')
  const changes = compareLines(old, fresh, budget)
  let diff = `diff --git ${quote(`a/${path}`)} ${quote(`b/${path}`)}\n`
  if (before === null && after !== null) diff += `new file mode ${modeOf(after)}\n`
  if (before !== null && after === null) diff += `deleted file mode ${modeOf(before)}\n`
  if (before !== null && after !== null && before.isExecutable !== after.isExecutable)
    diff += `old mode ${modeOf(before)}\nnew mode ${modeOf(after)}\n`
  if (changes.length > 0) {
    // A tab ends a name with a space in it.
    const end = path.includes(' ') ? '\t\n' : '\n'
    diff += `--- ${before === null ? '/dev/null\n' : quote(`a/${path}`) + end}`
    diff += `+++ ${after === null ? '/dev/null\n' : quote(`b/${path}`) + end}`
    diff += hunksOf(changes)
      .map((hunk) => writeHunk(hunk, old, fresh))
      .join('')
  }
  const sum = (of: 'added' | 'removed') => changes.reduce((total, change) => total + change[of], 0)
  return { diff, added: sum('added'), removed: sum('removed') }
}
