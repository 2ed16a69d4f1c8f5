/** A unified diff as lines, each with what it does and where it stands before and after. */

export interface DiffLine {
  kind: 'added' | 'removed' | 'same' | 'hunk' | 'note'
  text: string
  before: number | null
  after: number | null
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/

export const diffLines = (diff: string): readonly DiffLine[] => {
  const lines: DiffLine[] = []
  let before = 0
  let after = 0
  let isInside = false
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    const hunk = HUNK.exec(line)
    if (hunk !== null) {
      isInside = true
      before = Number(hunk[1])
      after = Number(hunk[2])
      lines.push({ kind: 'hunk', text: line, before: null, after: null })
    } else if (!isInside) {
      continue
    } else if (line.startsWith('+')) {
      lines.push({ kind: 'added', text: line.slice(1), before: null, after: after++ })
    } else if (line.startsWith('-')) {
      lines.push({ kind: 'removed', text: line.slice(1), before: before++, after: null })
    } else if (line.startsWith('\\')) {
      lines.push({ kind: 'note', text: line.slice(2), before: null, after: null })
    } else {
      lines.push({ kind: 'same', text: line.slice(1), before: before++, after: after++ })
    }
  }
  return lines
}
