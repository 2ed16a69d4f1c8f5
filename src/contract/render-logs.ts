/** Logs as text: what the program wrote, as it wrote it. */
import type { LogEntry } from './agent-logs.ts'

const decode = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))

const render = ({ stream, text, base64, open }: LogEntry): string => {
  const words = text ?? new TextDecoder().decode(decode(base64 ?? ''))
  return `${stream === 'gantry' ? `── ${words} ──` : words}${open === true ? '' : '\n'}`
}

export const renderLogs = (entries: readonly LogEntry[]): string => entries.map(render).join('')

const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The bytes themselves, also where they are no text. */
export const renderLogBytes = (entries: readonly LogEntry[]): Uint8Array => {
  const encoder = new TextEncoder()
  if (entries.every(({ base64 }) => base64 === undefined)) return encoder.encode(renderLogs(entries))
  return concat(
    entries.flatMap((entry) =>
      entry.base64 === undefined
        ? [encoder.encode(render(entry))]
        : [decode(entry.base64), encoder.encode(entry.open === true ? '' : '\n')],
    ),
  )
}
