/** Logs as text: what the program wrote, as it wrote it. */
import type { LogEntry } from './agent-logs.ts'

const decode = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)))

export const renderLogs = (entries: readonly LogEntry[]): string =>
  entries
    .map(({ stream, text, base64, open }) => {
      const words = text ?? decode(base64 ?? '')
      return `${stream === 'gantry' ? `── ${words} ──` : words}${open === true ? '' : '\n'}`
    })
    .join('')
