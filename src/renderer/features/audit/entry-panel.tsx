import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { AuditEntry } from '../../../contract/index.ts'
import { formatFullTime, formatMs } from '../../format.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Outcome } from './outcome.tsx'

const pretty = (target: string) => {
  try {
    return JSON.stringify(JSON.parse(target), null, 2)
  } catch {
    return target
  }
}

export const EntryPanel = ({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) => {
  const close = useRef<HTMLButtonElement>(null)
  useEffect(() => close.current?.focus(), [])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) =>
      event.key === 'Escape' &&
      !event.defaultPrevented &&
      document.querySelector('[role="dialog"]') === null &&
      onClose()
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [onClose])
  const rows: (readonly [string, string])[] = [
    ['When', formatFullTime(entry.at)],
    ['Who', entry.actor === entry.actorId ? entry.actor : `${entry.actor} (${entry.actorId})`],
    ['Through', entry.surface],
    ['Took', entry.durationMs === null ? 'not over yet' : formatMs(entry.durationMs)],
    ...(entry.code === null ? [] : [['Error code', entry.code] as const]),
    ['Entry', String(entry.id)],
  ]
  return (
    <aside
      aria-labelledby="entry-title"
      className="card sticky top-0 max-h-[calc(100vh-80px)] w-[340px] flex-none overflow-y-auto max-lg:static max-lg:w-full"
      tabIndex={-1}
    >
      <div className="flex items-start gap-2 border-b border-line px-(--inset) py-2">
        <h2 id="entry-title" className="min-w-0 flex-1 py-0.5 font-mono text-sm font-semibold wrap-anywhere">
          {entry.operation}
        </h2>
        <Button ref={close} look="quiet" size="s" aria-label="Close entry" onClick={onClose}>
          <X aria-hidden="true" className="size-4" />
        </Button>
      </div>
      <div className="grid gap-3 p-(--inset)">
        <Outcome entry={entry} />
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
          {rows.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-ink-2">{name}</dt>
              <dd className="wrap-anywhere">{value}</dd>
            </div>
          ))}
        </dl>
        {entry.target !== null && (
          <div className="grid gap-1.5">
            <h3 className="text-sm text-ink-2">Input, without secrets</h3>
            <CodeBlock text={pretty(entry.target)} what="Input of the operation" />
          </div>
        )}
      </div>
    </aside>
  )
}
