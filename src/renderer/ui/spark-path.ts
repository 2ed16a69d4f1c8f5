interface Frame {
  width: number
  height: number
  ceiling: number
  floor: number
}

/** A line over the whole width, with a little air at the top and the bottom so that the stroke is never cut. */
export const sparkPath = (values: readonly number[], { width, height, ceiling, floor }: Frame): string => {
  if (values.length === 0) return ''
  const top = Math.max(ceiling, floor + Number.EPSILON, ...values)
  const y = (value: number) => height - 2 - ((Math.max(value, floor) - floor) / (top - floor)) * (height - 6)
  const step = values.length === 1 ? 0 : width / (values.length - 1)
  const points = values.map((value, index) => `${(index * step).toFixed(1)} ${y(value).toFixed(1)}`)
  if (points.length === 1) points.push(`${width} ${y(values[0] ?? 0).toFixed(1)}`)
  return `M${points.join('L')}`
}
