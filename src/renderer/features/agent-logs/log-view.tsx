import { ArrowDown } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { plural } from '../../format.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Failed, Loading } from '../../ui/states.tsx'
import { toast } from '../../ui/toast-store.ts'
import { isTyping } from '../shell/use-shortcuts.ts'
import { GapRow, LogLineRow, NOTE, NoteRow } from './log-line.tsx'
import { LogSummary } from './log-summary.tsx'
import { LogTools } from './log-tools.tsx'
import { textOf } from './hits.ts'
import type { FeedState } from './feed-state.ts'
import { LINE_HEIGHT, useLogScroll } from './use-log-scroll.ts'
import { type StreamChoice, useLog } from './use-log.ts'
import { useLogSearch } from './use-log-search.ts'
import { useSave } from './use-save.ts'

export interface LogViewProps {
  id: string
  name: string
}

const NOTHING: ReadonlyMap<number, number> = new Map()

/** What stands above the oldest line that is shown. */
const topWords = ({ atStart, cut, version }: FeedState): string => {
  if (version === 0) return ''
  if (!atStart) return 'Older lines are read as you scroll up'
  return cut > 0 ? `${plural(cut, 'older line')} no longer kept` : 'The log begins here'
}

const useSearchKey = (search: { current: HTMLInputElement | null }) => {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const mod = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f'
      const slash = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)
      if (!mod && !slash) return
      if (document.querySelector('[role="dialog"], [role="alertdialog"]') !== null) return
      event.preventDefault()
      search.current?.focus()
      search.current?.select()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [search])
}

export const LogView = ({ id, name }: LogViewProps) => {
  const [choice, setChoice] = useState<StreamChoice>('both')
  const [time, setTime] = useState(true)
  const [wrap, setWrap] = useState(false)
  const [levels, setLevels] = useState(NOTHING)
  const { feed, state } = useLog(id, choice)
  const box = useRef<HTMLDivElement>(null)
  const searchBox = useRef<HTMLInputElement>(null)
  const { list, show } = useLogScroll(feed, state, box)
  const search = useLogSearch(feed, state, show)
  const save = useSave(id, name)
  useSearchKey(searchBox)

  useEffect(() => list.measure(), [list, wrap])
  const unfold = useCallback((key: number, level: number) => setLevels((former) => new Map(former).set(key, level)), [])

  const copy = async () => {
    const selected = getSelection()?.toString() ?? ''
    const lines = Array.from({ length: feed.rows.length }, (_, index) => feed.rows.at(index))
    const text = selected || lines.map((row) => (row === undefined ? '' : textOf(row))).join('\n')
    try {
      await navigator.clipboard.writeText(text)
      toast({ tone: 'ok', title: selected ? 'The selection was copied' : `${plural(lines.length, 'line')} copied` })
    } catch {
      toast({ tone: 'bad', title: 'It could not be copied', detail: 'Select the text and press Ctrl+C.' })
    }
  }

  const digits = Math.max(4, (feed.rows.last() ?? 0).toLocaleString('en').length)
  const isEmpty = feed.rows.length === 0 && state.version > 0
  return (
    <div className="grid h-full min-h-0 grid-rows-[auto_minmax(0,1fr)]">
      <LogTools
        search={search}
        searchRef={searchBox}
        state={state}
        choice={choice}
        onChoice={setChoice}
        time={time}
        onTime={setTime}
        wrap={wrap}
        onWrap={setWrap}
        onCopy={() => void copy()}
        save={save}
      />
      <div className="relative min-h-0">
        {state.phase === 'failed' && <Failed error={state.error} />}
        {state.phase !== 'failed' && state.error !== null && (
          <div className="absolute inset-x-0 top-0 z-10 border-b border-line bg-panel">
            <Failed error={state.error} onRetry={() => void feed.loadOlder()} />
          </div>
        )}
        {state.version === 0 && state.phase !== 'failed' && <Loading rows={10} label="Loading the log" />}
        {isEmpty && (
          <Empty title={state.phase === 'ended' ? 'It wrote nothing' : 'Nothing was written yet'}>
            {state.phase === 'ended' ? undefined : 'Lines appear here as they are written.'}
          </Empty>
        )}
        <div
          ref={box}
          role="log"
          aria-label={`Log of ${name}`}
          aria-live="off"
          tabIndex={0}
          className={`absolute inset-0 overflow-x-hidden overflow-y-auto font-mono text-sm leading-[20px] [overflow-anchor:none] focus-visible:-outline-offset-2 ${isEmpty || state.version === 0 ? 'hidden' : ''}`}
        >
          <div className="relative w-full" style={{ height: list.getTotalSize() }}>
            <div className="absolute inset-x-0 top-1" style={{ height: LINE_HEIGHT }}>
              <div className={NOTE}>{topWords(state)}</div>
            </div>
            {list.getVirtualItems().map(({ index, key, start }) => {
              const row = feed.rows.at(index)
              if (row === undefined) return null
              const level = levels.get(row.key) ?? 0
              return (
                <div
                  key={key}
                  data-index={index}
                  ref={wrap || level > 0 ? list.measureElement : undefined}
                  className="absolute inset-x-0 top-0"
                  style={{ transform: `translateY(${start}px)`, minHeight: LINE_HEIGHT }}
                >
                  {row.kind === 'gap' ? (
                    <GapRow gap={row} />
                  ) : row.stream === 'gantry' ? (
                    <NoteRow line={row} />
                  ) : (
                    <LogLineRow
                      line={row}
                      matcher={search.matcher}
                      isCurrent={row.key === search.current}
                      level={level}
                      onUnfold={unfold}
                      time={time}
                      wrap={wrap}
                      digits={digits}
                    />
                  )}
                </div>
              )
            })}
          </div>
        </div>
        {!state.following && !isEmpty && (
          <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
            <Button
              size="s"
              look="primary"
              className="pointer-events-auto rounded-full! shadow-float"
              onClick={() => {
                feed.follow(true)
                box.current?.focus()
              }}
            >
              <ArrowDown aria-hidden="true" className="size-3.5" />
              {state.unread > 0 ? `${plural(state.unread, 'new line')}` : 'Go to the end'}
            </Button>
          </div>
        )}
      </div>
      <LogSummary received={state.received} />
    </div>
  )
}
