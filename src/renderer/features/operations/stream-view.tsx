import { useEffect, useRef } from 'react'
import { plural } from '../../format.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Status } from '../../ui/status.tsx'

export interface StreamViewProps {
  /** An item in words, where it has any; else it is shown as JSON. */
  textOf: ((item: unknown) => string) | undefined
  items: readonly unknown[]
  received: number
  live: boolean
  onStop: () => void
}

/** Follows its end until the reader scrolls up. */
export const StreamView = ({ textOf, items, received, live, onStop }: StreamViewProps) => {
  const box = useRef<HTMLDivElement>(null)
  const following = useRef(true)
  useEffect(() => {
    const element = box.current
    if (element !== null && following.current) element.scrollTop = element.scrollHeight
  }, [items])
  const lines = items.map((item) => textOf?.(item).replace(/\n$/, '') ?? JSON.stringify(item))
  return (
    <div className="grid gap-2">
      <div className="flex items-center gap-3">
        <Status chip state={live ? 'ok' : 'off'}>
          {live ? 'Live' : 'Ended'}
        </Status>
        <span className="text-sm text-ink-2">
          {plural(received, 'item')}
          {received > items.length ? `, the last ${items.length} shown` : ''}
        </span>
        <span className="ml-auto flex gap-2">
          <CopyButton text={lines.join('\n')} what="what is shown" label="Copy" />
          {live && (
            <Button size="s" onClick={onStop}>
              Stop
            </Button>
          )}
        </span>
      </div>
      <div
        ref={box}
        role="log"
        aria-label="Items"
        aria-live="off"
        tabIndex={0}
        onScroll={({ currentTarget: at }) => {
          following.current = at.scrollHeight - at.scrollTop - at.clientHeight < 24
        }}
        className="h-[46vh] overflow-auto rounded-s border border-line bg-panel-2 p-2.5 font-mono text-sm"
      >
        {lines.length === 0 ? (
          <p className="text-ink-2">Waiting for the first item.</p>
        ) : (
          lines.map((line, index) => (
            <div key={received - lines.length + index} className="whitespace-pre-wrap wrap-anywhere">
              {line}
            </div>
          ))
        )}
      </div>
    </div>
  )
}
