import { ChevronDown, ChevronUp, Copy, Download } from 'lucide-react'
import type { Ref } from 'react'
import type { AgentState } from '../../../contract/index.ts'
import { Button } from '../../ui/button.tsx'
import { INPUT_SMALL } from '../../ui/field.tsx'
import { type State, Status } from '../../ui/status.tsx'
import { Toggle } from '../../ui/toggle.tsx'
import type { FeedState } from './feed-state.ts'
import type { StreamChoice } from './use-log.ts'
import type { LogSearch } from './use-log-search.ts'
import type { SaveState } from './use-save.ts'

const badgeOf = ({ phase, agentState }: FeedState): readonly [State, string] => {
  if (phase === 'failed') return ['bad', 'Not to be read']
  if (phase === 'reconnecting') return ['wait', 'Reconnecting']
  if (phase === 'loading') return ['busy', 'Loading']
  if (phase === 'ended') return ['off', 'Ended']
  return agentState === ('paused' satisfies AgentState) ? ['off', 'Paused'] : ['ok', 'Live']
}

const SearchCount = ({ search }: { search: LogSearch }) => {
  const { query, problem, found, current } = search
  if (query === '') return null
  const at = current === null ? -1 : found.keys.indexOf(current)
  const count = `${found.keys.length.toLocaleString('en')}${found.complete ? '' : '+'}`
  return (
    <span role="status" className="absolute right-2 font-sans text-xs text-ink-2">
      {problem !== null ? 'not complete' : at === -1 ? `${count} found` : `${at + 1} of ${count}`}
    </span>
  )
}

export interface LogToolsProps {
  search: LogSearch
  searchRef: Ref<HTMLInputElement>
  state: FeedState
  choice: StreamChoice
  onChoice: (choice: StreamChoice) => void
  time: boolean
  onTime: (on: boolean) => void
  wrap: boolean
  onWrap: (on: boolean) => void
  onCopy: () => void
  save: SaveState
}

/** Which streams are seen after one was switched: never none. */
const switched = (choice: StreamChoice, stream: 'out' | 'err', on: boolean): StreamChoice => {
  if (on) return 'both'
  return choice === 'both' ? (stream === 'out' ? 'err' : 'out') : stream === 'out' ? 'err' : 'out'
}

export const LogTools = (props: LogToolsProps) => {
  const { search, searchRef, state, choice, onChoice, time, onTime, wrap, onWrap, onCopy, save } = props
  const [tone, word] = badgeOf(state)
  return (
    <div className="flex flex-wrap items-center gap-x-0.5 gap-y-1.5 border-b border-line px-(--inset) py-[7px]">
      <span className="relative flex max-w-[260px] min-w-[150px] flex-1 items-center">
        <input
          ref={searchRef}
          type="search"
          aria-label="Find in the log"
          aria-invalid={search.problem !== null || undefined}
          title={search.problem ?? 'Enter goes to the next find, Shift+Enter to the one before'}
          placeholder="Find in the log"
          spellCheck={false}
          className={`${INPUT_SMALL} pr-[76px] font-mono [&::-webkit-search-cancel-button]:hidden`}
          value={search.query}
          onChange={(event) => search.setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') void search.step(event.shiftKey ? -1 : 1)
            if (event.key === 'Escape') search.setQuery('')
          }}
        />
        <SearchCount search={search} />
      </span>
      <Button
        size="s"
        look="quiet"
        aria-label="Find before"
        title="Find before (Shift+Enter)"
        disabled={search.matcher === null}
        onClick={() => void search.step(-1)}
      >
        <ChevronUp aria-hidden="true" className="size-3.5" />
      </Button>
      <Button
        size="s"
        look="quiet"
        aria-label="Find next"
        title="Find next (Enter)"
        disabled={search.matcher === null}
        onClick={() => void search.step(1)}
      >
        <ChevronDown aria-hidden="true" className="size-3.5" />
      </Button>
      <Toggle title="Regular expression" pressed={search.isRegex} onChange={search.setRegex}>
        <span className="font-mono">.*</span>
      </Toggle>
      <Toggle
        title="Show out, what goes to standard output"
        pressed={choice !== 'err'}
        onChange={(on) => onChoice(switched(choice, 'out', on))}
      >
        out
      </Toggle>
      <Toggle
        title="Show err, what goes to standard error"
        pressed={choice !== 'out'}
        onChange={(on) => onChoice(switched(choice, 'err', on))}
      >
        err
      </Toggle>
      <Toggle title="Show the time of each line" pressed={time} onChange={onTime}>
        time
      </Toggle>
      <Toggle title="Wrap long lines" pressed={wrap} onChange={onWrap}>
        wrap
      </Toggle>
      <span className="ml-auto flex items-center gap-1.5">
        <span role="status">
          <Status chip state={tone}>
            {word}
          </Status>
        </span>
        <Button
          size="s"
          look="quiet"
          aria-label="Copy the lines"
          title="Copy the lines, or what is selected"
          onClick={onCopy}
        >
          <Copy aria-hidden="true" className="size-3.5" />
        </Button>
        {save.share === null ? (
          <Button size="s" onClick={save.start}>
            <Download aria-hidden="true" className="size-3.5" />
            Save
          </Button>
        ) : (
          <Button size="s" aria-label="Cancel saving" onClick={save.cancel}>
            {Math.floor(save.share * 100)} % · Cancel
          </Button>
        )}
      </span>
    </div>
  )
}
