import type { Agent } from '../../../contract/index.ts'
import { useMay } from '../access/use-may.ts'
import { isEnded } from './agent-state.ts'
import { AnswerField, Choices } from './answer-box.tsx'
import { needWords } from './words.ts'

/** Where the agent is talked to: an answer while it waits for one, else its standard input. */
export const TalkBar = ({ agent }: { agent: Agent }) => {
  const mayWrite = useMay('agents:write') === true
  const { id, name, needs, state } = agent
  if (isEnded(state) || !mayWrite) return null
  return (
    <section
      aria-label={needs === null ? 'Talk to it' : 'It waits for you'}
      className={`grid gap-2 border-t px-(--inset) py-2.5 ${needs === null ? 'border-line' : 'border-wait bg-wait-bg'}`}
    >
      {needs !== null && (
        <p className="max-h-[22vh] max-w-[100ch] overflow-y-auto whitespace-pre-wrap wrap-anywhere">
          {needWords(needs)}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <AnswerField id={id} name={name} need={needs} />
        {needs !== null && <Choices id={id} need={needs} />}
      </div>
    </section>
  )
}
