/** Which lines went and which came (Myers' algorithm), within a budget of steps: two texts may be made to take for ever. */

/** Shared by all texts of a patch. */
export interface Budget {
  steps: number
}

export interface LineChange {
  /** Lines of the old text that go, from this one on. */
  from: number
  removed: number
  /** Lines of the new text that come in their place. */
  to: number
  added: number
}

/** Each with its line end, so that a missing one at the end of a text is a difference. */
export const splitLines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** Numbers in place of lines: they compare at once. */
const number = (texts: readonly (readonly string[])[]): Int32Array[] => {
  const numbers = new Map<string, number>()
  return texts.map((lines) =>
    Int32Array.from(lines, (line) => {
      const known = numbers.get(line)
      if (known !== undefined) return known
      numbers.set(line, numbers.size)
      return numbers.size - 1
    }),
  )
}

const MOST_EDITS = 1500

/** Where each step of the shortest way had come to, or nothing where the budget is used up. */
const walk = (before: Int32Array, after: Int32Array, budget: Budget): Int32Array[] | undefined => {
  const most = Math.min(before.length + after.length, MOST_EDITS)
  const furthest = new Int32Array(2 * most + 2)
  const trace: Int32Array[] = []
  for (let edits = 0; edits <= most; edits += 1) {
    // Only what is within reach of so many edits.
    trace.push(furthest.slice(most - edits, most + edits + 2))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const left = furthest[most + diagonal - 1] ?? 0
      const right = furthest[most + diagonal + 1] ?? 0
      const isDown = diagonal === -edits || (diagonal !== edits && left < right)
      let x = isDown ? right : left + 1
      let y = x - diagonal
      const start = x
      while (x < before.length && y < after.length && before[x] === after[y]) {
        x += 1
        y += 1
      }
      furthest[most + diagonal] = x
      budget.steps -= 1 + x - start
      if (x >= before.length && y >= after.length) return trace
    }
    if (budget.steps <= 0) return undefined
  }
  return undefined
}

/** Back along the way: which old lines went, which new ones came. */
const retrace = (before: Int32Array, after: Int32Array, trace: readonly Int32Array[]) => {
  const went = new Uint8Array(before.length)
  const came = new Uint8Array(after.length)
  let x = before.length
  let y = after.length
  for (let edits = trace.length - 1; edits > 0; edits -= 1) {
    const furthest = trace[edits] ?? new Int32Array()
    // The slice begins at diagonal -edits.
    const at = (diagonal: number) => furthest[diagonal + edits] ?? 0
    const diagonal = x - y
    const isDown = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1))
    const fromX = isDown ? at(diagonal + 1) : at(diagonal - 1)
    const fromY = fromX - (isDown ? diagonal + 1 : diagonal - 1)
    if (isDown) came[fromY] = 1
    else went[fromX] = 1
    x = fromX
    y = fromY
  }
  return { went, came }
}

const group = (went: Uint8Array, came: Uint8Array, offset: number): LineChange[] => {
  const changes: LineChange[] = []
  let from = 0
  let to = 0
  while (from < went.length || to < came.length) {
    const change = { from: from + offset, to: to + offset, removed: 0, added: 0 }
    while (went[from] === 1) {
      change.removed += 1
      from += 1
    }
    while (came[to] === 1) {
      change.added += 1
      to += 1
    }
    if (change.removed + change.added > 0) changes.push(change)
    else {
      from += 1
      to += 1
    }
  }
  return changes
}

export const compareLines = (before: readonly string[], after: readonly string[], budget: Budget): LineChange[] => {
  const [old = new Int32Array(), fresh = new Int32Array()] = number([before, after])
  const shortest = Math.min(old.length, fresh.length)
  let start = 0
  while (start < shortest && old[start] === fresh[start]) start += 1
  let end = 0
  while (end < shortest - start && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1
  const oldPart = old.subarray(start, old.length - end)
  const freshPart = fresh.subarray(start, fresh.length - end)
  if (oldPart.length === 0 && freshPart.length === 0) return []
  const whole = { from: start, removed: oldPart.length, to: start, added: freshPart.length }
  if (oldPart.length === 0 || freshPart.length === 0) return [whole]
  const trace = walk(oldPart, freshPart, budget)
  // Too different to be worth the time: all of it goes, all of it comes. Right, if not the shortest.
  if (trace === undefined) return [whole]
  const { went, came } = retrace(oldPart, freshPart, trace)
  return group(went, came, start)
}
