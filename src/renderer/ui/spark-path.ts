interface Frame {
  width: number
  height: number
  ceiling: number
  floor: number
  /** How many values the whole width stands for; fewer begin further right, at the same scale. */
  slots?: number
}

/** Newest at the right edge, with a little air at the top and the bottom so that the stroke is never cut. */
export const sparkPath = (values: readonly number[], { width, height, ceiling, floor, slots = 2 }: Frame): string => {
  if (values.length === 0) return ''
  const top = Math.max(ceiling, floor + Number.EPSILON, ...values)
  const y = (value: number) => height - 2 - ((Math.max(value, floor) - floor) / (top - floor)) * (height - 6)
  const step = width / (Math.max(values.length, slots, 2) - 1)
  const drawn = values.length === 1 ? [...values, ...values] : values
  const points = drawn.map(
    (value, index) => `${(width - (drawn.length - 1 - index) * step).toFixed(1)} ${y(value).toFixed(1)}`,
  )
  return `M${points.join('L')}`
}
