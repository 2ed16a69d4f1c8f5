/** Puts answers and items out: JSON for programs, a text as it is into a pipe, made harmless on a terminal. */
import type { Operation, TextForm } from '../contract/index.ts'
import { renderItem, renderOutput } from './output.ts'
import { type Standard, write } from './standard.ts'
import { createTerminalText } from './terminal-text.ts'

interface Printer {
  answer: (output: unknown) => Promise<void>
  item: (item: unknown) => Promise<void>
  end: () => Promise<void>
}

const line = (standard: Standard, text: string) => write(standard, `${text}\n`)
const nothing = () => Promise.resolve()

const forPrograms = (standard: Standard): Printer => ({
  answer: (output) => line(standard, JSON.stringify(output, null, 2)),
  item: (item) => line(standard, JSON.stringify(item)),
  end: nothing,
})

const forPeople = (operation: Operation, standard: Standard): Printer => ({
  answer: (output) => line(standard, renderOutput(operation, output)),
  item: (item) => line(standard, renderItem(item)),
  end: nothing,
})

/** Exact to the byte: whoever reads it may be looking for exactly those. */
const intoPipe = ({ render, bytes }: TextForm, standard: Standard): Printer => {
  const put = (output: unknown) => write(standard, bytes?.(output as never) ?? render(output as never))
  return { answer: put, item: put, end: nothing }
}

const ontoTerminal = ({ render }: TextForm, standard: Standard): Printer => {
  const text = createTerminalText()
  let endsLine = true
  const put = (output: unknown) => {
    const shown = text.next(render(output as never))
    if (shown !== '') endsLine = shown.endsWith('\n')
    return write(standard, shown)
  }
  return { answer: put, item: put, end: () => write(standard, text.end() + (endsLine ? '' : '\n')) }
}

export const createPrinter = (operation: Operation, json: boolean, standard: Standard): Printer => {
  if (json) return forPrograms(standard)
  const { text } = operation.meta
  if (text === undefined) return forPeople(operation, standard)
  return standard.isSeen ? ontoTerminal(text, standard) : intoPipe(text, standard)
}
