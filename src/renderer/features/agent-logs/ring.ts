/** A list of bounded length with two ends. Nothing is moved when something comes or goes at either of them. */
export interface Ring<T> {
  readonly length: number
  at: (index: number) => T | undefined
  set: (index: number, value: T) => void
  push: (value: T) => void
  unshift: (value: T) => void
  shift: () => T | undefined
  pop: () => T | undefined
  clear: () => void
}

/** Whoever adds makes room first: a full ring refuses. */
export const createRing = <T>(capacity: number): Ring<T> => {
  let slots: (T | undefined)[] = []
  let start = 0
  let length = 0
  const slot = (index: number) => (start + index + capacity) % capacity
  const grow = () => {
    if (length >= capacity) throw new RangeError('The ring is full')
    length += 1
  }
  const take = (index: number) => {
    const at = slot(index)
    const value = slots[at]
    slots[at] = undefined
    length -= 1
    return value
  }
  return {
    get length() {
      return length
    },
    at: (index) => (index < 0 || index >= length ? undefined : slots[slot(index)]),
    set: (index, value) => {
      if (index >= 0 && index < length) slots[slot(index)] = value
    },
    push: (value) => {
      grow()
      slots[slot(length - 1)] = value
    },
    unshift: (value) => {
      grow()
      start = slot(-1)
      slots[start] = value
    },
    shift: () => {
      if (length === 0) return undefined
      const value = take(0)
      start = slot(1)
      return value
    },
    pop: () => (length === 0 ? undefined : take(length - 1)),
    clear: () => {
      slots = []
      start = 0
      length = 0
    },
  }
}
