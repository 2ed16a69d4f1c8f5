/** The way to Gantry, and through it to the person the assistant works for. */
import { randomUUID } from 'node:crypto'

export interface Host {
  /** Waits as long as it takes. */
  ask: (asked: { kind: 'question' | 'approval'; question: string; choices?: readonly string[] }) => Promise<string>
  /** For the conversation that people see. What cannot be told there stands in the log all the same. */
  say: (kind: 'text' | 'tool', text: string) => Promise<void>
}

/** What Gantry takes in one message. */
const MOST_TEXT = 60_000

export const createHost = (url: string | undefined, patientFetch: typeof fetch): Host => {
  const post = (path: string, body: unknown): Promise<Response> => {
    if (url === undefined) throw new Error('There is nobody to ask: GANTRY_URL is not set.')
    return patientFetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  const ask: Host['ask'] = async (asked) => {
    // Its own key: the same words asked twice are two questions.
    const response = await post('/ask', { ...asked, key: randomUUID() })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`Nobody could be asked: ${text.slice(0, 500)}`)
    const { answer } = JSON.parse(text) as { answer: unknown }
    return String(answer)
  }

  const say: Host['say'] = async (kind, text) => {
    if (url === undefined) return
    await post('/say', { kind, text: text.slice(0, MOST_TEXT) }).then(
      (response) => response.text(),
      () => undefined,
    )
  }

  return { ask, say }
}
