/** A row a number: what was wanted, what was seen, and what a peer got in the same run. */
import { cpus, release, totalmem } from 'node:os'

export interface Row {
  what: string
  limit: string
  seen: string
  met: boolean
  peer?: string
  note?: string
}

export const atMost = (what: string, seen: number, limit: number, unit: string, extras: Partial<Row> = {}): Row => ({
  what,
  limit: `≤ ${limit.toLocaleString('en')} ${unit}`,
  seen: `${seen.toLocaleString('en')} ${unit}`,
  met: seen <= limit,
  ...extras,
})

export const atLeast = (what: string, seen: number, limit: number, unit: string, extras: Partial<Row> = {}): Row => ({
  what,
  limit: `≥ ${limit.toLocaleString('en')}${unit}`,
  seen: `${seen.toLocaleString('en')}${unit}`,
  met: seen >= limit,
  ...extras,
})

export const machine = (runtimes: Record<string, string>): string => {
  const model = cpus()[0]?.model ?? 'unknown processor'
  const versions = Object.entries(runtimes).map(([name, version]) => `${name} ${version}`)
  return `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, ${versions.join(', ')}`
}

export const asMarkdown = (rows: readonly Row[]): string =>
  [
    '| What | Wanted | Seen | | Peer in the same run | Note |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(
      (row) =>
        `| ${row.what} | ${row.limit} | ${row.seen} | ${row.met ? 'met' : '**missed**'} | ${row.peer ?? ''} | ${row.note ?? ''} |`,
    ),
  ].join('\n')

export const asTable = (rows: readonly Row[]): string => {
  const cells = rows.map((row) => [row.met ? '✓' : '✗', row.what, row.limit, row.seen, row.peer ?? '', row.note ?? ''])
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
