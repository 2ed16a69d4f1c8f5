import { ChevronDown, ChevronRight } from 'lucide-react'
import { useState } from 'react'
import type { AgentPatch } from '../../../contract/index.ts'
import { plural } from '../../format.ts'
import { Button } from '../../ui/button.tsx'
import { type DiffLine, diffLines } from './diff-lines.ts'

/** So many lines of a file are in the page until more are asked for. */
const LINES_AT_FIRST = 500

const SIGN: Record<DiffLine['kind'], string> = { added: '+', removed: '−', same: ' ', hunk: '', note: '' }
const LOOK: Record<DiffLine['kind'], string> = {
  added: 'bg-ok-bg',
  removed: 'bg-bad-bg',
  same: '',
  hunk: 'bg-panel-2 text-ink-2',
  note: 'text-ink-3 italic',
}

const Line = ({ line }: { line: DiffLine }) => (
  <div className={`grid grid-cols-[5ch_5ch_2ch_minmax(0,1fr)] gap-x-1 px-(--inset) ${LOOK[line.kind]}`}>
    <span className="text-right text-ink-3 select-none">{line.before}</span>
    <span className="text-right text-ink-3 select-none">{line.after}</span>
    <span className="text-center">{SIGN[line.kind]}</span>
    <span className="whitespace-pre-wrap wrap-anywhere">{line.text}</span>
  </div>
)

const Diff = ({ diff }: { diff: string }) => {
  const [all, setAll] = useState(false)
  const lines = diffLines(diff)
  const shown = all ? lines : lines.slice(0, LINES_AT_FIRST)
  return (
    <div className="border-t border-line py-1 font-mono text-sm leading-[20px]">
      {shown.map((line, index) => (
        <Line key={index} line={line} />
      ))}
      {shown.length < lines.length && (
        <div className="px-(--inset) py-2 font-sans">
          <Button size="s" onClick={() => setAll(true)}>
            Show {plural(lines.length - shown.length, 'more line')}
          </Button>
        </div>
      )}
    </div>
  )
}

export interface PatchFileProps {
  file: AgentPatch['files'][number]
  open: boolean
  onToggle: (open: boolean) => void
  chosen: boolean
  onChoose: ((chosen: boolean) => void) | undefined
}

export const PatchFile = ({ file, open, onToggle, chosen, onChoose }: PatchFileProps) => {
  const Chevron = open ? ChevronDown : ChevronRight
  return (
    <li className="border-b border-line last:border-b-0">
      <div className="flex min-h-8 items-center gap-2 px-(--inset)">
        {onChoose !== undefined && (
          <input
            type="checkbox"
            aria-label={`Take over ${file.path}`}
            className="size-3.5 flex-none accent-(--accent)"
            checked={chosen}
            onChange={(event) => onChoose(event.target.checked)}
          />
        )}
        <button
          type="button"
          aria-expanded={open}
          className="flex min-h-6 min-w-0 flex-1 items-center gap-1.5 rounded-[3px] text-left"
          onClick={() => onToggle(!open)}
        >
          <Chevron aria-hidden="true" className="size-3.5 flex-none text-ink-3" />
          <span className="truncate font-mono text-sm">{file.path}</span>
          {file.kind !== 'changed' && <span className="flex-none text-sm text-ink-2">{file.kind}</span>}
        </button>
        <span className="flex-none font-mono text-sm">
          {file.binary ? (
            <span className="text-ink-2">binary</span>
          ) : (
            <>
              <span className="text-ok">+{file.added}</span> <span className="text-bad">−{file.removed}</span>
            </>
          )}
        </span>
      </div>
      {open &&
        (file.diff === '' ? (
          <p className="border-t border-line px-(--inset) py-2 text-ink-2">There is no text to compare.</p>
        ) : (
          <Diff diff={file.diff} />
        ))}
    </li>
  )
}
