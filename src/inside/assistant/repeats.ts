/** Knows a loop: the same call with the same arguments three times in a row, or three times with the same result. */
import { isDeepStrictEqual } from 'node:util'

const LOOP = 3

interface Made {
  name: string
  input: unknown
}

export const createRepeats = () => {
  let row: Made & { count: number } = { name: '', input: undefined, count: 0 }
  const results: (Made & { result: unknown; count: number })[] = []

  const same = (a: Made, b: Made) => a.name === b.name && isDeepStrictEqual(a.input, b.input)

  return {
    /** Whether this call is the one too many. Asked before it is made. */
    isLoop: (call: Made): boolean => {
      row = same(row, call) ? { ...row, count: row.count + 1 } : { ...call, count: 1 }
      return row.count >= LOOP
    },
    /** Whether this result has come too often. Work between two calls changes what they give. */
    isSameAgain: (call: Made, result: unknown): boolean => {
      const known = results.find((one) => same(one, call) && isDeepStrictEqual(one.result, result))
      if (known === undefined) results.push({ ...call, result, count: 1 })
      else known.count += 1
      return (known?.count ?? 1) >= LOOP
    },
  }
}
