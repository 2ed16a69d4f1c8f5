/** Numbers and times as people read them; digits are set in tabular figures, so the forms keep a steady width. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export const formatBytes = (bytes: number): string => {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit] ?? 'B'}`
}

export const formatNumber = (value: number): string =>
  value >= 99.95 ? Math.round(value).toLocaleString('en') : value.toFixed(1)

export const formatDuration = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds))
  const days = Math.floor(whole / 86_400)
  const hours = Math.floor((whole % 86_400) / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  if (minutes > 0) return `${minutes} min`
  return `${whole} s`
}

export const formatMs = (ms: number): string =>
  ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`

/** Small sums keep the digits that say something: a call of a model costs less than a cent. */
export const formatMoney = (dollars: number): string => {
  if (dollars === 0) return '$0'
  if (dollars < 0.0001) return '<$0.0001'
  if (dollars < 0.1) return `$${Number(dollars.toPrecision(2))}`
  return dollars < 999.995 ? `$${dollars.toFixed(2)}` : `$${Math.round(dollars).toLocaleString('en')}`
}

/** Counts that are large and need not be exact, such as tokens. */
export const formatCount = (count: number): string => {
  if (count < 999.5) return String(Math.round(count))
  if (count < 999_500) return `${count < 99_950 ? (count / 1000).toFixed(1) : Math.round(count / 1000)} k`
  return `${(count / 1_000_000).toFixed(1)} M`
}

/** Memory as limits are given: in powers of two. */
export const formatMegabytes = (megabytes: number): string =>
  megabytes < 1024 ? `${megabytes} MB` : `${Number((megabytes / 1024).toFixed(1))} GB`

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
const YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' })

/** Today by the second, this year by the minute, else by the day. */
export const formatTime = (iso: string, now = new Date()): string => {
  const at = new Date(iso)
  if (at.toDateString() === now.toDateString()) return TIME.format(at)
  if (at.getFullYear() === now.getFullYear()) return DAY.format(at)
  return YEAR.format(at)
}

export const formatFullTime = (iso: string): string => FULL.format(new Date(iso))

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`
