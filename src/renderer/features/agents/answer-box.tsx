import { type SubmitEvent, useState } from 'react'
import type { AgentNeed } from '../../../contract/index.ts'
import { Button } from '../../ui/button.tsx'
import { INPUT } from '../../ui/field.tsx'
import { Kbd } from '../../ui/kbd.tsx'
import { useSend } from './use-actions.ts'

/** The answers that were offered; the first is what is expected. */
export const Choices = ({ id, need, size = 'm' }: { id: string; need: AgentNeed; size?: 's' | 'm' }) => {
  const send = useSend()
  return need.choices.map((choice, index) => (
    <Button
      key={choice}
      title={choice}
      size={size}
      look={index === 0 ? 'primary' : 'plain'}
      busy={send.isPending && send.variables.text === choice}
      disabled={send.isPending && send.variables.text !== choice}
      onClick={() => send.mutate({ id, text: choice, answers: need.id })}
    >
      <span className="max-w-[24ch] truncate">{choice}</span>
    </Button>
  ))
}

export interface AnswerFieldProps {
  id: string
  name: string
  /** What is answered; without it, it goes to the standard input. */
  need: AgentNeed | null
  autoFocus?: boolean
}

export const AnswerField = ({ id, name, need, autoFocus = false }: AnswerFieldProps) => {
  const [text, setText] = useState('')
  const send = useSend()
  const label = need === null ? `Say something to ${name}` : `Answer ${name}`
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (send.isPending || (need !== null && text.trim() === '')) return
    send.mutate({ id, text, ...(need === null ? {} : { answers: need.id }) }, { onSuccess: () => setText('') })
  }
  return (
    <form onSubmit={submit} className="relative flex min-w-[180px] flex-1 items-center">
      <input
        aria-label={label}
        placeholder={`${label}…`}
        className={`${INPUT} bg-bg pr-14`}
        autoComplete="off"
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- it was just opened to be typed into
        autoFocus={autoFocus}
        value={text}
        aria-busy={send.isPending}
        onChange={(event) => setText(event.target.value)}
      />
      <span className="pointer-events-none absolute right-2">
        <Kbd>{send.isPending ? 'sending' : 'Enter'}</Kbd>
      </span>
    </form>
  )
}
