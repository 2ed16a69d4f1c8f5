import { memo } from 'react'
import { formatBytes, plural } from '../../format.ts'
import { parseAnsi } from './ansi.ts'
import { type MarkedPiece, markPieces } from './marked.ts'
import type { Matcher } from './matcher.ts'
import { pieceStyle } from './piece-style.ts'
import { lastState } from './progress-lines.ts'
import type { LogGap, LogLine } from './rows.ts'

/** How much of a line is shown at first, and each time more is asked for. */
const CLIPS = [4096, 65_536, 1_048_576] as const

const TIME = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})

export interface LineLook {
  time: boolean
  wrap: boolean
  /** Room for the longest number, in characters. */
  digits: number
}

export interface LogLineProps extends LineLook {
  line: LogLine
  matcher: Matcher | null
  isCurrent: boolean
  /** How far it was unfolded. */
  level: number
  onUnfold: (key: number, level: number) => void
}

const Words = ({ pieces, isCurrent }: { pieces: readonly MarkedPiece[]; isCurrent: boolean }) =>
  pieces.map(({ text, style, marked }, index) => {
    const css = style === null ? undefined : pieceStyle(style)
    if (!marked)
      return style === null ? (
        text
      ) : (
        <span key={index} style={css}>
          {text}
        </span>
      )
    return (
      <mark
        key={index}
        className={`rounded-[2px] bg-(--mark) text-(--mark-ink) ${isCurrent ? 'outline-2 outline-(--focus)' : ''}`}
      >
        {text}
      </mark>
    )
  })

export const LogLineRow = memo(function LogLineRow(props: LogLineProps) {
  const { line, matcher, isCurrent, time, wrap, digits, level, onUnfold } = props
  const { text: whole, overwritten } = lastState(line.text)
  const clip = CLIPS[Math.min(level, CLIPS.length - 1)] ?? CLIPS[0]
  const text = whole.slice(0, clip)
  const hidden = whole.length - text.length
  const pieces = parseAnsi(text)
  const ranges = matcher === null ? [] : matcher.ranges(pieces.map((piece) => piece.text).join(''))
  const folded = !wrap && level === 0
  return (
    <div
      className={`grid min-w-0 gap-2.5 px-(--inset) ${line.stream === 'err' ? 'text-bad' : ''} ${isCurrent ? 'bg-accent-bg' : ''}`}
      style={{ gridTemplateColumns: `${digits}ch ${time ? '12ch ' : ''}3px minmax(0, 1fr)` }}
    >
      <button
        type="button"
        tabIndex={-1}
        aria-label={`${folded ? 'Unfold' : 'Fold'} line ${line.key.toLocaleString('en')}`}
        className="self-start text-left text-ink-3 select-none"
        onClick={() => onUnfold(line.key, level === 0 ? 1 : 0)}
      >
        {line.key.toLocaleString('en')}
      </button>
      {time && <span className="text-ink-3 select-none">{TIME.format(new Date(line.at))}</span>}
      <i aria-hidden="true" className={`my-0.5 rounded-[2px] ${line.stream === 'err' ? 'bg-bad' : ''}`} />
      <span
        className={`min-w-0 [unicode-bidi:isolate] ${folded ? 'overflow-hidden text-ellipsis whitespace-pre' : 'whitespace-pre-wrap wrap-anywhere'}`}
      >
        {line.stream === 'err' && <span className="sr-only">stderr: </span>}
        <Words pieces={markPieces(pieces, ranges)} isCurrent={isCurrent} />
        {overwritten > 0 && (
          <span className="ml-2 text-ink-3 select-none">{plural(overwritten, 'earlier state')} of this line</span>
        )}
        {hidden > 0 && level < CLIPS.length - 1 && (
          <button
            type="button"
            className="ml-2 rounded-[4px] border border-line-strong bg-panel px-1.5 font-sans text-xs text-ink select-none hover:bg-hover"
            onClick={() => onUnfold(line.key, level + 1)}
          >
            Show more of {formatBytes(whole.length)}
          </button>
        )}
        {line.omitted > 0 && level >= CLIPS.length - 1 && (
          <span className="ml-2 text-ink-3 select-none">{formatBytes(line.omitted)} more, in the saved log</span>
        )}
      </span>
    </div>
  )
})

export const NOTE = 'mx-(--inset) truncate rounded-[4px] bg-panel-2 px-2 text-center font-sans text-sm text-ink-2'

/** What Gantry says about the log itself. */
export const NoteRow = ({ line }: { line: LogLine }) => <div className={NOTE}>{line.text}</div>

export const GapRow = ({ gap }: { gap: LogGap }) => (
  <div className={NOTE}>{plural(gap.count, 'line')} missing here: let go of before they could be read</div>
)
